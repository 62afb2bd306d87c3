import { describe, expect, it } from "vitest";
import { createFaultRules } from "./fault-switches.ts";

function createRules(shares = {}) {
  let now = 1_000;
  let changes = 0;
  const changed = () => {
    changes++;
  };
  const pass = (seconds: number) => {
    now += seconds;
  };
  const rules = createFaultRules({ now: () => now, shares, users: new Set(["ada", "ben"]), changed });
  return { rules, pass, changes: () => changes };
}

describe("switches", () => {
  it("that the simulator began with hold for everybody since ever", () => {
    const { rules } = createRules({ revisions: 0.5, server_errors: 0.25 });
    expect([rules.shareAt("revisions", "ada", 0), rules.shareAt("server_errors", null, 1e12)]).toEqual([0.5, 0.25]);
    expect(rules.shareAt("hangs", "ada", 0)).toBe(0);
  });

  it("hold from now on, at the fault's own share, where nothing else is told", () => {
    const { rules } = createRules();
    expect(rules.switchOn("hangs")).toEqual({ fault: "hangs", share: 0.05, from: 1_000, to: null, user: null });
    expect([999, 1_000, 1e12].map((at) => rules.shareAt("hangs", "ada", at))).toEqual([0, 0.05, 0.05]);
  });

  it("hold within their span, from inclusive, to exclusive, and for the user they name", () => {
    const { rules } = createRules();
    rules.switchOn("hangs", { share: 1, from: 2_000, to: 3_000, user: "ada" });
    expect([1_999, 2_000, 2_999, 3_000].map((at) => rules.shareAt("hangs", "ada", at))).toEqual([0, 1, 1, 0]);
    expect([rules.shareAt("hangs", "ben", 2_000), rules.shareAt("hangs", null, 2_000)]).toEqual([0, 0]);
  });

  it("give way to newer ones where they overlap", () => {
    const { rules } = createRules({ hangs: 0.1 });
    rules.switchOn("hangs", { share: 0.9, from: 2_000, to: 3_000 });
    expect([1_500, 2_500, 3_500].map((at) => rules.shareAt("hangs", null, at))).toEqual([0.1, 0.9, 0.1]);
  });

  it("begin with what is measured from now on where they are fates, whatever they are told; others may begin before", () => {
    const { rules } = createRules();
    expect(rules.switchOn("revisions", { from: null }).from).toBe(1_000);
    expect(rules.switchOn("gaps", { from: 10 }).from).toBe(1_000);
    expect(rules.switchOn("gaps", { from: 5_000 }).from).toBe(5_000);
    expect(rules.switchOn("zone_missing", { from: null }).from).toBeNull();
  });

  it("end from now on, and what was struck before stays struck", () => {
    const { rules, pass } = createRules({ revisions: 0.5 });
    pass(500);
    rules.switchOff("revisions");
    expect([1_499, 1_500].map((at) => rules.shareAt("revisions", "ada", at))).toEqual([0.5, 0]);
    rules.switchOff("revisions");
    expect(rules.rules()).toHaveLength(1);
  });

  it("end for one user only where they were switched on for that one", () => {
    const { rules } = createRules({ hangs: 0.5 });
    rules.switchOn("hangs", { share: 1, from: null, user: "ada" });
    rules.switchOff("hangs", "ada");
    expect([rules.shareAt("hangs", "ada", 1_000), rules.shareAt("hangs", "ben", 1_000)]).toEqual([0.5, 0.5]);
  });

  it("name no user that there is not", () => {
    expect(() => createRules().rules.switchOn("hangs", { user: "adda" })).toThrow('The simulator has no user "adda".');
  });

  it("all end together", () => {
    const { rules } = createRules({ hangs: 0.5, gaps: 1 });
    rules.switchOn("server_errors", { user: "ada" });
    rules.switchAllOff();
    for (const fault of ["hangs", "gaps", "server_errors"] as const) expect(rules.shareAt(fault, "ada", 1_000)).toBe(0);
  });

  it("say which of some faults are on anywhere in a span, and that something has changed", () => {
    const { rules, changes } = createRules({ gaps: 1 });
    rules.switchOn("revisions", { from: 2_000, to: 3_000, user: "ada" });
    const among = (user: string, from: number, to: number) => rules.among(["gaps", "revisions", "null_values"], user, from, to);
    expect(among("ada", 0, 2_000)).toEqual(["gaps"]);
    expect(among("ada", 0, 2_001)).toEqual(["gaps", "revisions"]);
    expect(among("ada", 3_000, 4_000)).toEqual(["gaps"]);
    expect(among("ben", 0, 9_000)).toEqual(["gaps"]);
    expect(changes()).toBe(1);
  });
});
