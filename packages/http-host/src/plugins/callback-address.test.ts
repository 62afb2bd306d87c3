import { describe, expect, it } from "vitest";
import { createCallbackAddress } from "./callback-address.ts";

const local = { publicUrl: undefined, host: "127.0.0.1", port: 5005 };
const behindProxy = { ...local, publicUrl: "https://bg.example" };

describe("the address at which consents come back", () => {
  it.each([
    [local, "http://localhost:5005/api/oauth/acme/callback"],
    [{ ...local, host: "::1" }, "http://[::1]:5005/api/oauth/acme/callback"],
    [behindProxy, "https://bg.example/api/oauth/acme/callback"],
    [{ ...behindProxy, port: 0 }, "https://bg.example/api/oauth/acme/callback"],
    [{ ...local, port: 0 }, null],
  ])("follows the settings: %j", (settings, expected) => {
    expect(createCallbackAddress(settings).of("acme")).toBe(expected);
  });

  it.each([
    [local, "http://127.0.0.1:5005/api/oauth/acme/callback"],
    [local, "http://[::1]:5005/api/oauth/acme/callback"],
    [{ ...local, port: 80 }, "http://localhost/api/oauth/acme/callback"],
    [behindProxy, "https://bg.example/api/oauth/acme/callback"],
    [behindProxy, "http://localhost:5005/api/oauth/acme/callback"],
  ])("is known in every spelling: with %j, %s", (settings, url) => {
    expect(createCallbackAddress(settings).whyNotOwn("acme", url)).toBeNull();
  });

  it.each([
    [local, "http://localhost:5001/api/oauth/acme/callback", /port/],
    [local, "http://localhost:5005/api/oauth/other/callback", /path/],
    [local, "https://bg.example/api/oauth/acme/callback", /PUBLIC_URL/],
    [behindProxy, "https://other.example/api/oauth/acme/callback", /PUBLIC_URL/],
    [{ ...local, port: 0 }, "http://localhost:5001/api/oauth/acme/callback", /PORT is 0/],
  ])("is told from others: with %j, %s", (settings, url, why) => {
    expect(createCallbackAddress(settings).whyNotOwn("acme", url)).toMatch(why);
  });
});
