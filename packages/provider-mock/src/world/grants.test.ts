import { describe, expect, it } from "vitest";
import { createGrants } from "./grants.ts";

const START = 1_770_000_000;

function grantsAt(seed = 7, start = START) {
  const time = { now: start };
  return { time, grants: createGrants(seed, () => time.now) };
}

describe("a refresh token", () => {
  it("works once and gives the next one", () => {
    const { grants } = grantsAt();
    const first = grants.issue("oauth", "demo");
    const second = grants.renew("oauth", first.renewal);
    expect(second?.account).toBe("demo");
    expect(grants.accountOf(second?.token ?? "")).toBe("demo");
    expect(grants.renew("oauth", second?.renewal ?? "")).toBeDefined();
  });

  it("used twice ends its whole family and no other", () => {
    const { grants } = grantsAt();
    const first = grants.issue("oauth", "demo");
    const other = grants.issue("oauth", "demo");
    const second = grants.renew("oauth", first.renewal);
    expect(grants.renew("oauth", first.renewal)).toBeUndefined();
    expect(grants.renew("oauth", second?.renewal ?? "")).toBeUndefined();
    expect(grants.accountOf(second?.token ?? "")).toBeUndefined();
    expect(grants.renew("oauth", other.renewal)).toBeDefined();
  });

  it("outlives the process that gave it, and is then still good for one use", () => {
    const { renewal } = grantsAt().grants.issue("oauth", "demo");
    const { grants } = grantsAt(7, START + 100);
    expect(grants.renew("oauth", renewal)).toBeDefined();
    expect(grants.renew("oauth", renewal)).toBeUndefined();
  });

  it("means nothing to another world, in another place, or altered", () => {
    const { renewal, token } = grantsAt().grants.issue("oauth", "demo");
    const { grants } = grantsAt();
    expect(grantsAt(8).grants.renew("oauth", renewal)).toBeUndefined();
    expect(grants.renew("login", renewal)).toBeUndefined();
    expect(grants.renew("oauth", token)).toBeUndefined();
    expect(grants.accountOf(renewal)).toBeUndefined();
    expect(grants.renew("oauth", renewal.replace("demo", "dem0"))).toBeUndefined();
    expect(grants.renew("oauth", "")).toBeUndefined();
  });
});

describe("access", () => {
  it.each([
    ["oauth", 7200],
    ["login", 7200],
  ] as const)("by %s ends after %i s", (pair, lifeSeconds) => {
    const { grants, time } = grantsAt();
    const { token } = grants.issue(pair, "demo");
    time.now += lifeSeconds - 1;
    expect(grants.accountOf(token)).toBe("demo");
    time.now += 1;
    expect(grants.accountOf(token)).toBeUndefined();
  });

  it("by key does not end", () => {
    const { grants, time } = grantsAt();
    const key = grants.key("demo");
    time.now += 10 * 365 * 86_400;
    expect(grants.accountOf(key)).toBe("demo");
  });

  it("ends with the account's consent, of whatever kind, and can be given again", () => {
    const { grants } = grantsAt();
    const pair = grants.issue("oauth", "demo");
    const key = grants.key("demo");
    const others = grants.key("somebody else");
    grants.revoke("demo");
    expect([grants.accountOf(pair.token), grants.accountOf(key), grants.renew("oauth", pair.renewal)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(grants.accountOf(others)).toBe("somebody else");
    expect(grants.accountOf(grants.key("demo"))).toBe("demo");
  });

  it.each(["demo", "a/b", "ü~ %2F", "x".repeat(128)])("names the account %s", (account) => {
    const { grants } = grantsAt();
    expect(grants.accountOf(grants.key(account))).toBe(account);
  });
});

describe("a code", () => {
  it("works once, within a minute, and keeps its challenge", () => {
    const { grants, time } = grantsAt();
    const code = grants.code("demo", "ab_c-d/1");
    expect(grants.spendCode(code)).toMatchObject({ account: "demo", challenge: "ab_c-d/1" });
    expect(grants.spendCode(code)).toBeUndefined();
    const late = grants.code("demo", "");
    time.now += 60;
    expect(grants.spendCode(late)).toBeUndefined();
  });
});
