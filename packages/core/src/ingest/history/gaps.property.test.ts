import fc from "fast-check";
import { expect, it } from "vitest";
import type { RecordedGap } from "../../ports/source-record.ts";
import type { Instant, Span } from "../../reading/instant.ts";
import type { FetchedWindow } from "../asking/fetch-window.ts";
import { gapsAfter } from "./gaps.ts";

const SECONDS = 400;
const NOW = 1_745_000_000 as Instant;

/** A window as it is fetched: cut into slices, each read or not. */
const fetched: fc.Arbitrary<FetchedWindow> = fc
  .record({
    cuts: fc.uniqueArray(fc.nat(SECONDS), { minLength: 2, maxLength: 8 }),
    isRead: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  })
  .map(({ cuts, isRead }) => {
    const ends = cuts.toSorted((a, b) => a - b);
    const slices = ends.slice(1).map((to, i) => ({ from: ends[i] as Instant, to: to as Instant }));
    return {
      read: slices.filter((_, i) => isRead[i]),
      unreadable: slices.filter((_, i) => !isRead[i]).map((slice) => ({ ...slice, message: "unreadable" })),
    };
  });

function paint(seconds: boolean[], spans: readonly Span[], value: boolean): void {
  for (const { from, to } of spans) seconds.fill(value, from, to);
}

function painted(gaps: readonly RecordedGap[]): boolean[] {
  const seconds = new Array<boolean>(SECONDS).fill(false);
  paint(seconds, gaps, true);
  return seconds;
}

it("after any windows, a second is in a gap exactly if it was unreadable when it was last asked for", () => {
  fc.assert(
    fc.property(fc.array(fetched, { maxLength: 12 }), (windows) => {
      const oracle = new Array<boolean>(SECONDS).fill(false);
      let gaps: readonly RecordedGap[] = [];
      for (const window of windows) {
        gaps = gapsAfter(gaps, window, NOW);
        paint(oracle, window.read, false);
        paint(oracle, window.unreadable, true);
        expect(painted(gaps)).toEqual(oracle);
      }
    }),
  );
});

it("gaps are ascending, apart from each other, and never empty", () => {
  fc.assert(
    fc.property(fc.array(fetched, { maxLength: 12 }), (windows) => {
      const gaps = windows.reduce<readonly RecordedGap[]>((before, window) => gapsAfter(before, window, NOW), []);
      for (const [i, gap] of gaps.entries()) {
        expect(gap.to).toBeGreaterThan(gap.from);
        expect(gap.from).toBeGreaterThan(gaps[i - 1]?.to ?? -1);
      }
    }),
  );
});

it("what changes nothing is the very same list, so that nothing is written for it", () => {
  fc.assert(
    fc.property(fc.array(fetched, { maxLength: 5 }), fetched, (windows, last) => {
      const before = windows.reduce<readonly RecordedGap[]>((gaps, window) => gapsAfter(gaps, window, NOW), []);
      const after = gapsAfter(before, last, NOW);
      if (painted(after).every((isGap, i) => isGap === painted(before)[i])) expect(after).toBe(before);
      expect(gapsAfter(after, last, NOW)).toBe(after);
    }),
  );
});

/** Apart from each other, each a second long. */
const manyGaps = fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { minLength: 101, maxLength: 300 });

const unreadableAt = (second: number): FetchedWindow => ({
  read: [],
  unreadable: [{ from: second as Instant, to: (second + 1) as Instant, message: "x".repeat(1_000) }],
});

it("however many there are, they are kept in a hundred that hold every unreadable second, in order", () => {
  fc.assert(
    fc.property(manyGaps, (seconds) => {
      const gaps = seconds.reduce<readonly RecordedGap[]>((before, second) => gapsAfter(before, unreadableAt(second), NOW), []);
      expect(gaps.length).toBeLessThanOrEqual(100);
      expect(seconds.filter((second) => !gaps.some(({ from, to }) => from <= second && to > second))).toEqual([]);
      for (const [i, gap] of gaps.entries()) expect(gap.from).toBeGreaterThan(gaps[i - 1]?.to ?? -1);
    }),
    { numRuns: 30 },
  );
});

it("of more than a hundred the nearest become one, the oldest of them first, and a long reason is cut", () => {
  let gaps: readonly RecordedGap[] = [];
  for (let n = 0; n <= 100; n++) gaps = gapsAfter(gaps, unreadableAt(n * 100), NOW);
  expect(gaps).toHaveLength(100);
  expect(gaps[0]).toMatchObject({ from: 0, to: 101 });
  expect(gaps[0]?.reason).toHaveLength(200);
  const near = gapsAfter(gaps, unreadableAt(5_003), NOW);
  expect(near).toHaveLength(100);
  expect(near).toContainEqual(expect.objectContaining({ from: 5_000, to: 5_004 }));
});

it("what was read between two that had to become one, and changes nothing, is the very same list", () => {
  let gaps: readonly RecordedGap[] = [];
  for (let n = 0; n <= 100; n++) gaps = gapsAfter(gaps, unreadableAt(n * 100), NOW);
  const between = { from: 1 as Instant, to: 100 as Instant };
  expect(gapsAfter(gaps, { read: [between], unreadable: [] }, NOW)).toBe(gaps);
});
