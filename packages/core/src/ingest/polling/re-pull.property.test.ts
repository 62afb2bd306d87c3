import fc from "fast-check";
import { expect, it } from "vitest";
import type { RePullRung } from "../../ports/provider-traits.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import { lookBackSeconds } from "./re-pull.ts";

const START = 1_745_000_000;
const sourceId = fc.stringMatching(/^[a-z0-9]{13}$/).map((id) => id as SourceId);
const rung: fc.Arbitrary<RePullRung> = fc
  .record({ everySeconds: fc.integer({ min: 600, max: 50_000 }), times: fc.integer({ min: 2, max: 10 }) })
  .map(({ everySeconds, times }) => ({ everySeconds, lookBackSeconds: everySeconds * times }));
/** Good polls, in seconds after one another. */
const steps = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 2, maxLength: 60 });

it("a rung falls due once in each of its periods in which there is a poll, however the polls fall", () => {
  fc.assert(
    fc.property(sourceId, rung, steps, (id, each, gaps) => {
      let last = START as Instant;
      const isDueAt = new Map<Instant, boolean>();
      for (const gap of gaps) {
        const now = (last + gap) as Instant;
        isDueAt.set(now, lookBackSeconds([each], id, last, now) > 0);
        last = now;
      }
      let previous = START;
      for (const [now, isDue] of isDueAt) {
        // Due exactly if a boundary of the rung's own periods lies between the two polls.
        const boundaries = Array.from({ length: now - previous }, (_, i) => previous + 1 + i).filter((at) => isBoundary(id, each, at));
        expect(isDue).toBe(boundaries.length > 0);
        previous = now;
      }
    }),
    { numRuns: 30 },
  );
});

function isBoundary(id: SourceId, each: RePullRung, at: number): boolean {
  return lookBackSeconds([each], id, (at - 1) as Instant, at as Instant) > 0;
}

it("its moments lie one period apart", () => {
  fc.assert(
    fc.property(sourceId, fc.integer({ min: 60, max: 2_000 }), (id, everySeconds) => {
      const each = { everySeconds, lookBackSeconds: 2 * everySeconds };
      const moments = Array.from({ length: 3 * everySeconds }, (_, i) => START + i).filter((at) => isBoundary(id, each, at));
      expect(moments).toHaveLength(3);
      expect(moments.map((at) => (at - (moments[0] ?? 0)) % everySeconds)).toEqual([0, 0, 0]);
    }),
    { numRuns: 30 },
  );
});

it("where polls lie no further apart than a period, what is late by less than the look-back less two periods is asked for", () => {
  const gaps = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(sourceId, rung, gaps, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (id, each, shares, lateShare, when) => {
      const { everySeconds, lookBackSeconds: reach } = each;
      const shownAt = START + (when % everySeconds);
      const measuredAt = shownAt - Math.floor(lateShare * (reach - 2 * everySeconds));
      expect(firstPollThatFinds(id, each, shares, shownAt, measuredAt)).toBeLessThanOrEqual(shownAt + 2 * everySeconds);
    }),
  );
});

it("one poll that was missed is made good by the next, as far as a look-back of two periods reaches", () => {
  const each = { everySeconds: 3_600, lookBackSeconds: 7_200 };
  fc.assert(
    fc.property(sourceId, fc.integer({ min: 0, max: 3_599 }), (id, waited) => {
      const due = Array.from({ length: 3_600 }, (_, i) => START + i).find((at) => isBoundary(id, each, at)) as Instant;
      const next = (due + 3_600 + waited) as Instant;
      expect(next - lookBackSeconds([each], id, (due - 1) as Instant, next)).toBeLessThan(due);
    }),
  );
});

/** When a record that was measured and shown then is asked for by a rung. */
function firstPollThatFinds(id: SourceId, each: RePullRung, shares: readonly number[], shownAt: number, measuredAt: number): number {
  let last = START as Instant;
  for (const share of shares) {
    const now = (last + Math.max(1, Math.floor(share * each.everySeconds))) as Instant;
    const back = lookBackSeconds([each], id, last, now);
    if (now >= shownAt && back > 0 && measuredAt >= now - back) return now;
    last = now;
  }
  return shares.length < 60 && last < shownAt + 2 * each.everySeconds ? shownAt : Infinity;
}

it("of several rungs that are due the widest is taken, and before any good poll all are", () => {
  fc.assert(
    fc.property(sourceId, fc.array(rung, { minLength: 1, maxLength: 5 }), (id, rungs) => {
      expect(lookBackSeconds(rungs, id, null, START as Instant)).toBe(Math.max(...rungs.map((each) => each.lookBackSeconds)));
      const now = (START + 40_000) as Instant;
      const due = rungs.map((each) => lookBackSeconds([each], id, START as Instant, now));
      expect(lookBackSeconds(rungs, id, START as Instant, now)).toBe(Math.max(...due));
    }),
  );
});

it("a good poll that lies ahead of now was made by a clock that was wrong: everything is due", () => {
  const rungs = [{ everySeconds: 600, lookBackSeconds: 1_200 }];
  expect(lookBackSeconds(rungs, "source0000001" as SourceId, (START + 86_400) as Instant, START as Instant)).toBe(1_200);
});
