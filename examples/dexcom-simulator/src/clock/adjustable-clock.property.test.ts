import fc from "fast-check";
import { expect, it } from "vitest";
import { createAdjustableClock } from "./adjustable-clock.ts";

const START_MS = 1_770_000_000_000;

function movedBy(): { readonly beneath: { nowMs(): number }; pass(ms: number): void } {
  let ms = START_MS;
  return {
    beneath: { nowMs: () => ms },
    pass: (more) => {
      ms += more;
    },
  };
}

it("is the clock beneath until it is adjusted", () => {
  const { beneath, pass } = movedBy();
  const clock = createAdjustableClock(beneath);
  pass(12_345);
  expect(clock.nowMs()).toBe(START_MS + 12_345);
  expect(clock.setting()).toEqual({ speed: 1, offsetMs: 0 });
});

it("never jumps because its speed changes, and never goes back", () => {
  const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 100_000 }), speed: fc.integer({ min: 0, max: 1_000 }) }));
  fc.assert(
    fc.property(steps, (changes) => {
      const { beneath, pass } = movedBy();
      const clock = createAdjustableClock(beneath);
      let speed = 1;
      for (const change of changes) {
        const before = clock.nowMs();
        pass(change.ms);
        expect(clock.nowMs()).toBe(before + change.ms * speed);
        clock.adjust({ speed: change.speed });
        expect(clock.nowMs()).toBe(before + change.ms * speed);
        speed = change.speed;
      }
    }),
  );
});

it("stands where it is told to, ahead of the clock beneath or behind it", () => {
  const { beneath, pass } = movedBy();
  const clock = createAdjustableClock(beneath);
  clock.adjust({ speed: 10, offsetMs: -3_600_000 });
  expect(clock.nowMs()).toBe(START_MS - 3_600_000);
  pass(1_000);
  expect(clock.nowMs()).toBe(START_MS - 3_600_000 + 10_000);
  expect(clock.setting()).toEqual({ speed: 10, offsetMs: -3_600_000 + 9_000 });
});
