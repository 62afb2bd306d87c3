import fc, { type Arbitrary } from "fast-check";
import type { Content } from "../src/reading/content.ts";
import type { Mgdl } from "../src/reading/glucose.ts";
import { type Day, type Instant, startOf } from "../src/reading/instant.ts";
import type { RangeFlag, Reading } from "../src/reading/reading.ts";
import { TRENDS, type Trend } from "../src/reading/trend.ts";

const LAST_SECOND = 86_399;

const mgdl = (min = 20, max = 1000): Arbitrary<Mgdl> => fc.integer({ min, max }).map((value) => value as Mgdl);
const orNull = <T>(of: Arbitrary<T>): Arbitrary<T | null> => fc.option(of, { nil: null });

/** 1 to 64 characters: digests, names, and whatever else a vendor may think of. */
const name: Arbitrary<string> = fc.oneof(
  fc.constantFrom("sensor 7", "transmitter 1", "0", "é".repeat(64), "😀".repeat(32), "\u0000", "\u007e\u007f\u0080"),
  fc.stringMatching(/^[0-9a-f]{64}$/),
  fc.stringMatching(/^[0-9a-fA-F]{1,64}$/),
  fc.string({ unit: "binary", minLength: 1, maxLength: 64 }).map((text) => text.slice(0, 64)),
);

const rangeFlag: Arbitrary<RangeFlag> = fc.record({ side: fc.constantFrom("below" as const, "above" as const), boundMgdl: mgdl() });

/** The trend in canonical words, or in the vendor's own; untold now and then. */
const told: Arbitrary<Pick<Content, "trend" | "trendWord">> = fc.oneof(
  fc.constantFrom(...TRENDS).map((trend) => ({ trend, trendWord: null })),
  name.map((trendWord) => ({ trend: "unknown" as Trend, trendWord })),
);

/** Whatever `normalize` may let through. */
export const content: Arbitrary<Content> = fc
  .record({
    value: mgdl(),
    flag: orNull(rangeFlag),
    unit: fc.constantFrom("mg/dL" as const, "mmol/L" as const),
    told,
    trendRate: orNull(
      fc.oneof(
        fc.integer({ min: -30_000, max: 30_000 }),
        fc.integer({ min: -40, max: 40 }).map((tenths) => tenths * 10),
      ),
    ),
    utcOffsetMinutes: orNull(fc.integer({ min: -720, max: 840 })),
    device: orNull(name),
  })
  .map(({ value, flag, unit, told: trends, trendRate, utcOffsetMinutes, device }) => ({
    mgdl: value,
    rangeFlag: flag,
    unit,
    ...trends,
    trendRate: trendRate === null ? null : trendRate / 100,
    utcOffsetMinutes,
    device,
  }));

/** Few enough contents that two of them often agree, differ in one attribute, or are the same. */
export const closeContent: Arbitrary<Content> = fc
  .record({
    mgdl: mgdl(100, 101),
    rangeFlag: fc.constantFrom<RangeFlag | null>(
      null,
      null,
      null,
      { side: "below", boundMgdl: 40 as Mgdl },
      { side: "above", boundMgdl: 40 as Mgdl },
    ),
    unit: fc.constantFrom("mg/dL" as const, "mg/dL" as const, "mmol/L" as const),
    trends: fc.constantFrom<Pick<Content, "trend" | "trendWord">>(
      { trend: "unknown", trendWord: null },
      { trend: "unknown", trendWord: "sideways" },
      { trend: "unknown", trendWord: "→" },
      { trend: "rising", trendWord: null },
      { trend: "falling", trendWord: null },
    ),
    trendRate: fc.constantFrom(null, 0, 1.25),
    utcOffsetMinutes: fc.constantFrom(null, 60),
    device: fc.constantFrom(null, "a", "b"),
  })
  .map(({ trends, ...rest }) => ({ ...rest, ...trends }));

/** A content of which an answer may tell a part: every attribute that can be unknown is known. */
export const fullContent: Arbitrary<Content> = closeContent.map((each) => ({
  ...each,
  ...(each.trend === "unknown" && each.trendWord === null ? { trend: "steady" as const } : {}),
  trendRate: each.trendRate ?? -0.5,
  utcOffsetMinutes: each.utcOffsetMinutes ?? -480,
  device: each.device ?? "c",
}));

export interface Telling {
  readonly trend: boolean;
  readonly trendRate: boolean;
  readonly utcOffsetMinutes: boolean;
  readonly device: boolean;
}

const yesOrNo = fc.constantFrom(true, false);
export const telling: Arbitrary<Telling> = fc.record({ trend: yesOrNo, trendRate: yesOrNo, utcOffsetMinutes: yesOrNo, device: yesOrNo });

/** What an answer says that tells only this much. */
export function toldOf<T extends Content>(full: T, tells: Telling): T {
  return {
    ...full,
    trend: tells.trend ? full.trend : "unknown",
    trendWord: tells.trend ? full.trendWord : null,
    trendRate: tells.trendRate ? full.trendRate : null,
    utcOffsetMinutes: tells.utcOffsetMinutes ? full.utcOffsetMinutes : null,
    device: tells.device ? full.device : null,
  };
}

const second = fc.oneof(fc.integer({ min: 0, max: LAST_SECOND }), fc.constantFrom(0, 1, 29, 30, LAST_SECOND));

/** Reading versions of one day in any order, instants repeated. */
export function versionsOf(day: Day, most: number): Arbitrary<Reading[]> {
  return fc
    .array(fc.record({ second, content }), { maxLength: most })
    .map((versions) => versions.map((each) => ({ at: (startOf(day) + each.second) as Instant, ...each.content })));
}

/** One reading per instant, ascending: what `normalize` gives. */
export function pageOf(day: Day, seconds: Arbitrary<number>, contents: Arbitrary<Content>, most: number): Arbitrary<readonly Reading[]> {
  return fc
    .uniqueArray(fc.record({ second: seconds, content: contents }), { selector: (each) => each.second, maxLength: most })
    .map((each) =>
      each.toSorted((a, b) => a.second - b.second).map((one) => ({ at: (startOf(day) + one.second) as Instant, ...one.content })),
    );
}

export const someDay: Arbitrary<Day> = fc.oneof(fc.constant(20_204), fc.integer({ min: 10_957, max: 47_481 })).map((day) => day as Day);
