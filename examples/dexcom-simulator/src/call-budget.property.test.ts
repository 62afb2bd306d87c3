import fc from "fast-check";
import { expect, it } from "vitest";
import { createCallBudget } from "./call-budget.ts";

const HOUR_MS = 3_600_000;
const waits = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 * 60_000 }), fc.constant(HOUR_MS)), { maxLength: 80 });

/** Moments of calls, one after another. */
function momentsOf(waitsMs: readonly number[]): readonly number[] {
  let atMs = 1_700_000_000_000;
  return waitsMs.map((waitMs) => {
    atMs += waitMs;
    return atMs;
  });
}

it("lets through what fits into any hour, counts what it refuses, and knows the worst hour there was", () => {
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 12 }), (waitsMs, callsPerHour) => {
      const budget = createCallBudget(callsPerHour);
      const moments = momentsOf(waitsMs);
      const inHour = moments.map((atMs, index) => moments.slice(0, index + 1).filter((other) => other > atMs - HOUR_MS).length);
      expect(moments.map((atMs) => budget.take(atMs))).toEqual(inHour.map((calls) => calls <= callsPerHour));
      expect(budget.worstHour()).toBe(Math.max(0, ...inHour));
    }),
  );
});

it("makes no room when the clock is set back", () => {
  const budget = createCallBudget(2);
  expect([10, 20, 5, 15].map((minutes) => budget.take(minutes * 60_000))).toEqual([true, true, false, false]);
  expect(budget.worstHour()).toBe(4);
});

it("keeps count over more calls than it remembers one by one", () => {
  const budget = createCallBudget(60_000);
  for (let call = 0; call < 200_000; call++) expect(budget.take(call * 61)).toBe(true);
  expect(budget.worstHour()).toBe(Math.ceil(HOUR_MS / 61));
});
