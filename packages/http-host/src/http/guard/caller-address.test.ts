import { describe, expect, it } from "vitest";
import { served } from "../../../test/served.ts";
import { createCallerAddresses } from "./caller-address.ts";

const asked = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded } }) as Parameters<
    ReturnType<typeof createCallerAddresses>["forwarded"]
  >[0];

describe("who calls", () => {
  it("is an IPv4 address, however the socket writes it, or a network of IPv6", () => {
    const { ofPeer } = createCallerAddresses([]);
    expect([ofPeer("203.0.113.7"), ofPeer("::ffff:203.0.113.7")]).toEqual(["203.0.113.7", "203.0.113.7"]);
    const one = ofPeer("2001:db8:1:2:3:4:5:6");
    expect([ofPeer("2001:db8:1:2::1"), ofPeer("2001:db8:1:2:ffff::%eth0")]).toEqual([one, one]);
    expect(ofPeer("2001:db8:1:3::1")).not.toBe(one);
    expect(ofPeer("::1")).toBe("0:0:0:0::/64");
  });

  it("is told by a trusted proxy and by nobody else", () => {
    const { forwarded, isProxy } = createCallerAddresses(["10.0.0.0/8", "::1"]);
    expect(["10.9.8.7", "::ffff:10.9.8.7", "::1", "11.0.0.1", undefined].map(isProxy)).toEqual([true, true, true, false, false]);
    expect(forwarded(asked("203.0.113.7", "198.51.100.1"))).toBeNull();
    expect(forwarded(asked("10.0.0.1", "198.51.100.1"))).toBe("198.51.100.1");
    expect(createCallerAddresses([]).forwarded(asked("10.0.0.1", "198.51.100.1"))).toBeNull();
  });

  it("is the last address that no trusted proxy has: what stands before it anybody may have written", () => {
    const { forwarded } = createCallerAddresses(["10.0.0.0/8"]);
    expect(forwarded(asked("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2"))).toBe("198.51.100.1");
    for (const nothing of [undefined, "", "10.0.0.2", "unknown", "1.2.3.4, _hidden"])
      expect([nothing, forwarded(asked("10.0.0.1", nothing))]).toEqual([nothing, null]);
  });
});

describe("a proxy that the settings do not name", () => {
  const warned = async (trustedProxies: readonly string[], forwarded: string | null) => {
    const { get, lines } = served({ options: { trustedProxies } });
    for (let n = 0; n < 3; n++) await get("/healthz", forwarded === null ? {} : { "x-forwarded-for": forwarded });
    return lines.filter(({ level }) => level === "warn");
  };

  it("is told of once, without anybody's address", async () => {
    const lines = await warned([], "198.51.100.1");
    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).toContain("TRUSTED_PROXIES");
    expect(JSON.stringify(lines)).not.toMatch(/198|127/);
    expect(await warned(["10.0.0.0/8"], "198.51.100.1")).toHaveLength(1);
  });

  it("is not told of where there is none, nor where it is named", async () => {
    expect(await warned([], null)).toEqual([]);
    expect(await warned(["127.0.0.1"], "198.51.100.1")).toEqual([]);
  });
});
