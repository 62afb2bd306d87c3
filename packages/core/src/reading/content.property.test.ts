import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closeContent, content, fullContent, telling, toldOf } from "../../test/arbitrary-readings.ts";
import { agrees, type Content, compareContents, filledFrom, isSameContent } from "./content.ts";
import type { Mgdl } from "./glucose.ts";

/** Any two contents, often close enough to agree. */
const one = fc.oneof(closeContent, content);
/** Of every attribute the values that may differ by the least. */
const attributes: readonly (readonly Partial<Content>[])[] = [
  [{ mgdl: 100 as Mgdl }, { mgdl: 101 as Mgdl }],
  [{ unit: "mg/dL" }, { unit: "mmol/L" }],
  [null, flagged("below", 40), flagged("above", 40), flagged("below", 41)].map((rangeFlag) => ({ rangeFlag })),
  [saying("unknown", null), saying("unknown", "→"), saying("unknown", "up"), saying("rising", null), saying("steady", null)],
  [null, -0.01, 0, 0.01].map((trendRate) => ({ trendRate })),
  [null, -60, 0, 60].map((utcOffsetMinutes) => ({ utcOffsetMinutes })),
  [null, "a", "b"].map((device) => ({ device })),
];
/** Two contents that differ in one attribute at most. */
const neighbours = fc
  .tuple(
    one,
    fc.constantFrom(...attributes).chain((values) => fc.tuple(fc.constantFrom(...values), fc.constantFrom(...values))),
  )
  .map(([base, [a, b]]): readonly [Content, Content] => [
    { ...base, ...a },
    { ...base, ...b },
  ]);
const pair = fc.oneof(fc.tuple(one, one), neighbours);
/** Contents that agree: parts of one. */
const agreeing = fullContent.chain((full) => {
  const part = telling.map((tells) => toldOf(full, tells));
  return fc.tuple(part, part, part);
});

describe("the fixed order of contents", () => {
  it("is total, and equal exactly where contents are the same", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(Math.sign(compareContents(a, b))).toBe(0 - Math.sign(compareContents(b, a)));
        expect(compareContents(a, b) === 0).toBe(isSameContent(a, b));
        expect(compareContents(a, structuredClone(a))).toBe(0);
      }),
    );
  });

  it("tells apart what differs in any one attribute", () => {
    fc.assert(
      fc.property(one, (base) => {
        for (const values of attributes) {
          const contents = values.map((value) => ({ ...base, ...value }));
          const ordered = contents.toSorted(compareContents);
          ordered.slice(1).forEach((content, index) => {
            expect(compareContents(ordered[index] as Content, content)).toBe(-1);
          });
        }
      }),
    );
  });

  it("is transitive", () => {
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        const [low, middle, high] = [a, b, c].toSorted(compareContents) as [Content, Content, Content];
        expect(compareContents(low, middle)).toBeLessThanOrEqual(0);
        expect(compareContents(middle, high)).toBeLessThanOrEqual(0);
        expect(compareContents(low, high)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it("puts what knows more behind what knows less", () => {
    fc.assert(
      fc.property(one, one, (a, b) => {
        expect(compareContents(filledFrom(a, b), a)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("filling in", () => {
  it("keeps what the winner knows and takes nothing but what it does not know", () => {
    fc.assert(
      fc.property(one, one, (winner, other) => {
        const filled = filledFrom(winner, other);
        const knowsTrend = winner.trend !== "unknown" || winner.trendWord !== null;
        expect(filled).toEqual({
          ...winner,
          trend: knowsTrend ? winner.trend : other.trend,
          trendWord: knowsTrend ? winner.trendWord : other.trendWord,
          trendRate: winner.trendRate ?? other.trendRate,
          utcOffsetMinutes: winner.utcOffsetMinutes ?? other.utcOffsetMinutes,
          device: winner.device ?? other.device,
        });
      }),
    );
  });

  it("changes nothing the second time, nor from itself", () => {
    fc.assert(
      fc.property(one, one, (a, b) => {
        const filled = filledFrom(a, b);
        expect(filledFrom(filled, b)).toEqual(filled);
        expect(filledFrom(a, a)).toEqual(a);
      }),
    );
  });

  it("is associative", () => {
    fc.assert(
      fc.property(one, one, one, (a, b, c) => {
        expect(filledFrom(filledFrom(a, b), c)).toEqual(filledFrom(a, filledFrom(b, c)));
      }),
    );
  });

  it("of contents that agree is the same either way round, and agrees with both", () => {
    fc.assert(
      fc.property(agreeing, ([a, b, c]) => {
        expect(filledFrom(a, b)).toEqual(filledFrom(b, a));
        expect(filledFrom(filledFrom(c, b), a)).toEqual(filledFrom(a, filledFrom(b, c)));
        for (const each of [a, b, c]) expect(agrees(filledFrom(filledFrom(a, b), c), each)).toBe(true);
      }),
    );
  });
});

describe("agreement", () => {
  it("is mutual, and holds between parts of one content", () => {
    fc.assert(
      fc.property(one, one, agreeing, (a, b, [c, d]) => {
        expect(agrees(a, b)).toBe(agrees(b, a));
        expect(agrees(a, a)).toBe(true);
        expect(agrees(c, d)).toBe(true);
      }),
    );
  });

  it("ends where either says what the other denies", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const denied = [
          a.mgdl !== b.mgdl,
          a.unit !== b.unit,
          a.rangeFlag?.side !== b.rangeFlag?.side || a.rangeFlag?.boundMgdl !== b.rangeFlag?.boundMgdl,
          knows(a) && knows(b) && (a.trend !== b.trend || a.trendWord !== b.trendWord),
          a.trendRate !== null && b.trendRate !== null && a.trendRate !== b.trendRate,
          a.utcOffsetMinutes !== null && b.utcOffsetMinutes !== null && a.utcOffsetMinutes !== b.utcOffsetMinutes,
          a.device !== null && b.device !== null && a.device !== b.device,
        ];
        expect(agrees(a, b)).toBe(!denied.includes(true));
      }),
    );
  });
});

function knows(of: Content): boolean {
  return of.trend !== "unknown" || of.trendWord !== null;
}

function flagged(side: "below" | "above", bound: number): Content["rangeFlag"] {
  return { side, boundMgdl: bound as Mgdl };
}

function saying(trend: Content["trend"], trendWord: string | null): Partial<Content> {
  return { trend, trendWord };
}
