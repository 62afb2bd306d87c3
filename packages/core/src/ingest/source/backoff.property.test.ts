import fc from "fast-check";
import { expect, it } from "vitest";
import { type BackoffPolicy, backoffMs, STOPPED_LONGEST_SECONDS } from "./backoff.ts";

const policy: fc.Arbitrary<BackoffPolicy> = fc
  .record({ firstSeconds: fc.integer({ min: 1, max: 600 }), longestSeconds: fc.integer({ min: 1, max: 86_400 }) })
  .filter(({ firstSeconds, longestSeconds }) => firstSeconds <= longestSeconds);
const attempts = fc.integer({ min: 1, max: 10_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const dayMs = STOPPED_LONGEST_SECONDS * 1000;

it("waits between half a second and a ceiling that doubles up to what is configured", () => {
  fc.assert(
    fc.property(policy, attempts, chance, (each, failed, drawn) => {
      const waitMs = backoffMs(each, failed, () => drawn);
      const ceilingMs = Math.min(each.longestSeconds, each.firstSeconds * 2 ** (failed - 1)) * 1000;
      expect(waitMs).toBeGreaterThanOrEqual(500);
      expect(waitMs).toBeLessThanOrEqual(Math.max(500, ceilingMs));
      expect(waitMs).toBe(Math.round(Math.max(500, drawn * ceilingMs)));
    }),
  );
});

it("what is configured beats every default: 150 s stay 150 s", () => {
  expect(backoffMs({ firstSeconds: 150, longestSeconds: 150 }, 1, () => 1)).toBe(150_000);
  expect(backoffMs({ firstSeconds: 150, longestSeconds: 150 }, 9, () => 1)).toBe(150_000);
  expect(backoffMs({ firstSeconds: 2, longestSeconds: 7_200 }, 30, () => 1)).toBe(7_200_000);
});

it("what the provider asks for is the least, up to a day, and jitter keeps those told the same apart", () => {
  fc.assert(
    fc.property(policy, attempts, chance, fc.double({ min: 0.001, max: 1e15, noNaN: true }), (each, failed, drawn, retryAfterMs) => {
      const waitMs = backoffMs(each, failed, () => drawn, retryAfterMs);
      const leastMs = Math.min(retryAfterMs, dayMs);
      expect(waitMs).toBeGreaterThanOrEqual(Math.floor(leastMs));
      expect(waitMs).toBeGreaterThanOrEqual(backoffMs(each, failed, () => drawn));
      expect(waitMs).toBeLessThanOrEqual(Math.ceil(Math.max(500, leastMs + each.firstSeconds * 1000, each.longestSeconds * 1000)));
    }),
  );
});

it("a Retry-After of one second does not undo the backoff of the tenth failure", () => {
  expect(backoffMs({ firstSeconds: 10, longestSeconds: 3_600 }, 10, () => 0.9, 1_000)).toBe(3_240_000);
});

it("nonsense instead of a wait is no wait asked for, and never nothing at all", () => {
  for (const retryAfterMs of [Number.NaN, -1, 0, Number.NEGATIVE_INFINITY]) {
    expect(backoffMs({ firstSeconds: 10, longestSeconds: 60 }, 1, () => 0.5, retryAfterMs)).toBe(5_000);
  }
  expect(backoffMs({ firstSeconds: 10, longestSeconds: 60 }, 1, () => 0, Number.POSITIVE_INFINITY)).toBe(dayMs);
});
