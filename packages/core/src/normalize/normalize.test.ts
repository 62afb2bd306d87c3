import { describe, expect, it } from "vitest";
import type { Instant } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";
import { normalize } from "./normalize.ts";
import type { RawReading, RawRejected } from "./raw-reading.ts";
import type { RefusedRecord } from "./refused-record.ts";

const now = (Date.UTC(2025, 3, 26, 14, 30) / 1000) as Instant;
const raw: RawReading = { time: "2025-04-26T14:25:00Z", value: 110, unit: "mg/dL" };

const readingOf = (change: Partial<RawReading>): Reading => normalize([{ ...raw, ...change }], [], now).readings[0] as Reading;
const asideOf = (given: unknown): RefusedRecord => normalize([given as RawReading], [], now).setAside[0] as RefusedRecord;

describe("a record in order", () => {
  it("becomes a reading with all that it said", () => {
    const said = {
      value: 6.1,
      unit: "mmol/L",
      rangeFlag: { side: "above", bound: 22.2 },
      trend: "rising_fast",
      trendRate: 0.1,
      utcOffsetMinutes: -480,
      device: "sensor 1",
    } as const;
    expect(readingOf(said)).toEqual({
      at: now - 300,
      mgdl: 110,
      rangeFlag: { side: "above", boundMgdl: 400 },
      unit: "mmol/L",
      trend: "rising_fast",
      trendWord: null,
      trendRate: 1.8,
      utcOffsetMinutes: -480,
      device: "sensor 1",
    });
  });

  it("becomes a reading with unknowns where it said nothing", () => {
    const untold = { rangeFlag: null, trend: "unknown", trendWord: null, trendRate: null, utcOffsetMinutes: null, device: null };
    expect(readingOf({})).toMatchObject(untold);
    expect(readingOf({ rangeFlag: null, trend: null, trendRate: null, utcOffsetMinutes: null, device: null })).toMatchObject(untold);
    expect(readingOf({ trend: "", device: "" })).toMatchObject(untold);
  });

  it.each(["Flat", "none", "__proto__", "toString", "steady "])("keeps a trend word that is not ours beside unknown: %s", (trend) => {
    expect(readingOf({ trend })).toMatchObject({ trend: "unknown", trendWord: trend });
  });

  it("cuts long words between characters, and mends broken ones", () => {
    expect(readingOf({ device: "d".repeat(65) }).device).toBe("d".repeat(64));
    expect(readingOf({ device: `${"d".repeat(63)}😀` }).device).toBe(`${"d".repeat(63)}\ufffd`);
    expect(readingOf({ trend: "\ud83d up" }).trendWord).toBe("\ufffd up");
  });

  it.each([
    [300, 300],
    [300.01, null],
    [-300, -300],
    [1.236, 1.24],
    [-0.001, 0],
    [Number.NaN, null],
    [Number.NEGATIVE_INFINITY, null],
  ])("has its rate in hundredths, and none where it can be none: %d", (trendRate, expected) => {
    expect(readingOf({ trendRate }).trendRate).toBe(expected);
  });

  it.each([
    [840, 840],
    [841, null],
    [-720, -720],
    [-721, null],
    [59.6, 60],
    [-0, 0],
    [Number.NaN, null],
  ])("has an offset that exists on Earth, or none: %d", (utcOffsetMinutes, expected) => {
    expect(readingOf({ utcOffsetMinutes }).utcOffsetMinutes).toBe(expected);
  });
});

describe("a flag", () => {
  it.each([
    ["its bound", { side: "below", bound: 40 } as const, 39, 40],
    ["the number beside it, where the bound is no glucose", { side: "below", bound: 0 } as const, 39, 39],
    ["the number beside it, where the bound is not a number", { side: "above", bound: Number.NaN } as const, 401, 401],
    ["the number beside it, where there is no bound", { side: "above" } as unknown as NonNullable<RawReading["rangeFlag"]>, 401, 401],
  ])("is kept with %s", (_, rangeFlag, value, boundMgdl) => {
    expect(readingOf({ value, rangeFlag })).toMatchObject({ mgdl: value, rangeFlag: { side: rangeFlag.side, boundMgdl } });
  });

  it("has its bound in the unit of its record", () => {
    expect(readingOf({ value: 2.1, unit: "mmol/L", rangeFlag: { side: "below", bound: 2.2 } }).rangeFlag).toEqual({
      side: "below",
      boundMgdl: 40,
    });
  });

  it("that cannot be read makes its record unreadable: without it the number would pass for a measurement", () => {
    for (const rangeFlag of ["below", true, 40, {}, { side: "Below", bound: 40 }, { side: "below", bound: "40" }]) {
      expect(asideOf({ ...raw, rangeFlag })).toMatchObject({ reason: "unreadable_record", detail: expect.stringContaining('"rangeFlag"') });
    }
  });
});

describe("a record that is set aside", () => {
  it.each([
    ["time_without_zone", { time: "2025-04-26T14:25:00" }],
    ["time_unreadable", { time: "yesterday" }],
    ["time_unreadable", { time: null }],
    ["time_unreadable", { time: Number.NaN }],
    ["time_unreadable", { time: 1_745_677_500 }],
    ["time_unreadable", { time: 1e300 }],
    ["time_unreadable", { time: -0 }],
    ["in_the_future", { time: "2025-04-26T14:40:01Z" }],
    ["glucose_missing", { value: null }],
    ["glucose_missing", { value: undefined }],
    ["glucose_missing", { value: Number.NaN }],
    ["glucose_missing", { unit: "mg" }],
    ["glucose_missing", { unit: null }],
    ["glucose_out_of_range", { value: -0 }],
    ["glucose_out_of_range", { value: 12 }],
    ["glucose_out_of_range", { value: 6.1 }],
    ["glucose_out_of_range", { value: Number.POSITIVE_INFINITY }],
    ["glucose_out_of_range", { value: 110, unit: "mmol/L" }],
    ["unreadable_record", { time: new Date(0) }],
    ["unreadable_record", { time: Symbol("now") }],
    ["unreadable_record", { time: Object.create(null) }],
    ["unreadable_record", { value: "110" }],
    ["unreadable_record", { value: 110n }],
    ["unreadable_record", { unit: ["mg/dL"] }],
    ["unreadable_record", { trend: 4 }],
    ["unreadable_record", { trendRate: "1" }],
    ["unreadable_record", { utcOffsetMinutes: "+01:00" }],
    ["unreadable_record", { device: { id: 1 } }],
  ] as const)("has the reason %s and is kept as it was given: %o", (reason, change) => {
    const given = { ...raw, ...change };
    const aside = asideOf(given);
    expect(aside.reason).toBe(reason);
    expect(aside.record).toBe(given);
  });

  it.each([[null], [undefined], ["110"], [110], [true], [110n], [() => raw], [Symbol("110")]])(
    "is unreadable if it is no object: %s",
    (given) => {
      expect(asideOf(given)).toEqual({
        reason: "unreadable_record",
        detail: "The provider's record is no object.",
        at: null,
        record: given,
      });
    },
  );

  it("is unreadable if it throws when it is read, and costs no other record", () => {
    const broken = {
      ...raw,
      get time(): string {
        return new Date(Number.NaN).toISOString();
      },
    };
    const { proxy, revoke } = Proxy.revocable(raw, {});
    revoke();
    const { readings, setAside } = normalize([broken, raw, proxy], [proxy as unknown as RawRejected], now);
    expect(readings).toHaveLength(1);
    expect(setAside.map(({ reason }) => reason)).toEqual(["unreadable_record", "unreadable_record", "unreadable_record"]);
    expect(setAside[1]?.record).toBe(broken);
  });

  it("is kept as the vendor sent it, where the provider says so", () => {
    expect(asideOf({ ...raw, value: 5, record: { sgv: 5 } })).toMatchObject({
      reason: "glucose_out_of_range",
      at: now - 300,
      record: { sgv: 5 },
    });
  });

  it("names the time as it was written, but not at any length", () => {
    expect(asideOf({ ...raw, time: "1985-01-01T00:00:00Z" }).detail).toContain('"1985-01-01T00:00:00Z"');
    expect(asideOf({ ...raw, time: "9".repeat(5000) }).detail.length).toBeLessThan(200);
  });
});

describe("a record that its provider refused", () => {
  it("is set aside with the provider's reason", () => {
    const rejected: RawRejected = { reason: "sensor_error", detail: "code 10", record: { sgv: 10 } };
    expect(normalize([], [rejected], now).setAside).toEqual([{ ...rejected, at: null }]);
  });

  it.each([[null], ["sensor_error"], [{}], [{ reason: "no idea", detail: "" }], [{ reason: "sensor_error" }]])(
    "is unreadable where the refusal itself is: %o",
    (given) => {
      const { setAside } = normalize([], [given as RawRejected], now);
      expect(setAside).toMatchObject([{ reason: "unreadable_record", at: null, record: given }]);
    },
  );
});

describe("records of one instant", () => {
  const both = (a: Partial<RawReading>, b: Partial<RawReading>) =>
    normalize(
      [
        { ...raw, ...a },
        { ...raw, ...b },
      ],
      [],
      now,
    );

  it("that say the same are one, and the other is counted as repeated", () => {
    expect(both({}, {})).toMatchObject({ readings: [{ mgdl: 110 }], setAside: [], repeated: 1 });
    expect(both({ time: "2025-04-26T14:25:00.9Z" }, { time: "2025-04-26T16:25:00+02:00" })).toMatchObject({ setAside: [], repeated: 1 });
  });

  it("that do not contradict each other are one that says what both said", () => {
    const { readings, setAside, repeated } = both({ trend: "rising" }, { trendRate: 1.5, device: "a" });
    expect(readings).toMatchObject([{ trend: "rising", trendRate: 1.5, device: "a" }]);
    expect([setAside, repeated]).toEqual([[], 1]);
  });

  it("that contradict each other leave one standing and the other set aside, in whatever order they came", () => {
    const one = both({ value: 110 }, { value: 112 });
    expect(one).toMatchObject({ readings: [{ mgdl: 112 }], setAside: [{ reason: "same_instant", at: now - 300 }], repeated: 0 });
    expect(both({ value: 112 }, { value: 110 })).toEqual(one);
  });

  it("that differ in unit contradict each other, even where the numbers are alike", () => {
    expect(both({ value: 110 }, { value: 6.1, unit: "mmol/L" }).setAside).toMatchObject([{ reason: "same_instant" }]);
  });
});

it("an empty page is an empty page", () => {
  expect(normalize([], [], now)).toEqual({ readings: [], setAside: [], repeated: 0 });
});
