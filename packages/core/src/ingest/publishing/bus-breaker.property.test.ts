import fc from "fast-check";
import { expect, it } from "vitest";
import { createBusBreaker } from "./bus-breaker.ts";

it("while the bus is away no second probe goes out before the first has failed, and none earlier than it should", () => {
  const step = fc.record({ passMs: fc.nat(40_000), fails: fc.boolean(), answersAtOnce: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowMs = 0;
      const breaker = createBusBreaker({ nowMs: () => 0, monotonicMs: () => nowMs });
      breaker.failed();
      let failures = 1;
      let lastMs = 0;
      for (const { passMs, fails } of steps) {
        nowMs += passMs;
        const isDue = breaker.isDue();
        const may = breaker.mayTry();
        expect(may).toBe(isDue);
        if (failures === 0) {
          expect(may).toBe(true);
        } else {
          expect(may).toBe(nowMs - lastMs >= Math.min(30_000, 1_000 * 2 ** (failures - 1)));
          if (may) expect(breaker.mayTry()).toBe(false);
        }
        if (!may) continue;
        if (fails) {
          breaker.failed();
          failures++;
          lastMs = nowMs;
        } else {
          breaker.succeeded();
          failures = 0;
        }
        expect(breaker.isOpen()).toBe(failures > 0);
      }
    }),
  );
});

it("a probe that never answers is followed by another after half a minute", () => {
  let nowMs = 0;
  const breaker = createBusBreaker({ nowMs: () => 0, monotonicMs: () => nowMs });
  breaker.failed();
  nowMs = 1_000;
  expect(breaker.mayTry()).toBe(true);
  nowMs = 30_999;
  expect(breaker.mayTry()).toBe(false);
  nowMs = 31_000;
  expect(breaker.mayTry()).toBe(true);
});
