import fc from "fast-check";
import { expect, it } from "vitest";
import { spreadOf } from "../../ports/shard.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import { lastSlot, nextSlot } from "./slots.ts";

const sourceId = fc.stringMatching(/^[a-z0-9]{13}$/).map((id) => id as SourceId);
const interval = fc.oneof(fc.constantFrom(60, 300, 900, 3_600, 86_400), fc.integer({ min: 1, max: 100_000 }));
const instant = fc.integer({ min: 946_684_800, max: 4_102_444_799 }).map((at) => at as Instant);

it("a slot is a moment congruent to the source's spread, whoever works it out and from whatever moment", () => {
  fc.assert(
    fc.property(sourceId, interval, instant, fc.nat(), (id, every, at, later) => {
      const slot = lastSlot(id, every, at);
      expect(Math.abs((slot - spreadOf(id)) % every)).toBe(0);
      expect(lastSlot(id, every, (slot + (later % every)) as Instant)).toBe(slot);
    }),
  );
});

it("the last slot is not after now, the next one is, and they lie one interval apart", () => {
  fc.assert(
    fc.property(sourceId, interval, instant, (id, every, at) => {
      const [last, next] = [lastSlot(id, every, at), nextSlot(id, every, at)];
      expect(last).toBeLessThanOrEqual(at);
      expect(next).toBeGreaterThan(at);
      expect(next - last).toBe(every);
      expect(lastSlot(id, every, next)).toBe(next);
      expect(nextSlot(id, every, last)).toBe(next);
    }),
  );
});

it("a crowd of sources is asked evenly over the interval", () => {
  const sources = 10_000;
  const bins = 50;
  const counts = new Array<number>(bins).fill(0);
  for (let n = 0; n < sources; n++) {
    const phase = lastSlot(`${n.toString(36).padStart(13, "k")}` as SourceId, 300, 1_745_000_100 as Instant) % 300;
    counts[Math.floor((phase / 300) * bins)] = (counts[Math.floor((phase / 300) * bins)] ?? 0) + 1;
  }
  const expected = sources / bins;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 49 degrees of freedom: 99.99 % of fair spreads lie below 94.
  expect(chiSquare).toBeLessThan(94);
});
