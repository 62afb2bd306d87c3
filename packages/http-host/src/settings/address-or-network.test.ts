import { expect, it } from "vitest";
import { createCallerAddresses } from "../http/guard/caller-address.ts";
import { parseSettings } from "./parse-settings.ts";

it.each(["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "::1", "::", "fd00::/8", "2001:db8::1/128", "::ffff:10.0.0.1"])(
  "%s is taken for TRUSTED_PROXIES, and served",
  (proxy) => {
    const settings = parseSettings({ environment: { TRUSTED_PROXIES: proxy }, file: {} })._unsafeUnwrap();
    expect(createCallerAddresses(settings.trustedProxies ?? []).isProxy(proxy.split("/")[0])).toBe(true);
  },
);

it.each([
  "300.0.0.1",
  ":::",
  "1:2",
  "10.0.0",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/-1",
  "fd00::/129",
  "fe80::1%eth0",
  "localhost",
  "/8",
])("%s is told to be no proxy before anything is opened", (proxy) => {
  const [problem] = parseSettings({ environment: { TRUSTED_PROXIES: `10.0.0.1, ${proxy}` }, file: {} })._unsafeUnwrapErr();
  expect(problem).toEqual({
    name: "TRUSTED_PROXIES",
    message: `"${proxy}" is not an address, or a network such as 10.0.0.0/8`,
  });
});
