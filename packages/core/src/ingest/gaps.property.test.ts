import fc from "fast-check";
import { expect, it } from "vitest";
import type { RecordedGap } from "../ports/source-record.ts";
import type { Instant, Span } from "../reading/instant.ts";
import type { FetchedWindow } from "./fetch-window.ts";
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

it("of more than a hundred gaps the oldest are forgotten, and a long reason is cut", () => {
  let gaps: readonly RecordedGap[] = [];
  for (let n = 0; n < 150; n++) {
    const slice = { from: (n * 10) as Instant, to: (n * 10 + 5) as Instant, message: "x".repeat(1_000) };
    gaps = gapsAfter(gaps, { read: [], unreadable: [slice] }, NOW);
  }
  expect(gaps).toHaveLength(100);
  expect(gaps[0]?.from).toBe(500);
  expect(gaps[0]?.reason).toHaveLength(200);
});
