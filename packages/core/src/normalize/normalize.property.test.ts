import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agrees, isSameContent } from "../reading/content.ts";
import { formatInstant, type Instant } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";
import { TRENDS } from "../reading/trend.ts";
import { FUTURE_TOLERANCE_SECONDS, type Normalised, normalize } from "./normalize.ts";
import type { RawReading, RawRejected } from "./raw-reading.ts";

const now = (Date.UTC(2025, 3, 26, 14, 30) / 1000) as Instant;

/** Few instants, values and attributes: records often meet, agree or contradict. */
const close: fc.Arbitrary<RawReading> = fc.record(
  {
    time: fc.oneof(
      fc.integer({ min: 0, max: 3 }).map((minutes) => formatInstant((now - minutes * 60) as Instant)),
      fc.integer({ min: 0, max: 3 }).map((minutes) => (now - minutes * 60) * 1000 + 17),
    ),
    value: fc.constantFrom(100, 100.4, 101, 5.5, 5.6),
    unit: fc.constantFrom("mg/dL" as const, "mmol/L" as const),
    rangeFlag: fc.constantFrom(null, null, { side: "below" as const, bound: 40 }),
    trend: fc.constantFrom(null, "", "rising", "falling", "Flat"),
    trendRate: fc.constantFrom(null, 0.1, Number.NaN),
    utcOffsetMinutes: fc.constantFrom(null, 60, 100_000),
    device: fc.constantFrom(null, "", "a", "b"),
    record: fc.constantFrom(undefined, null, { id: 1 }),
  },
  { requiredKeys: ["time", "value", "unit"] },
);

/** What the type promises, told to anything from anywhere. */
const plausible: fc.Arbitrary<RawReading> = fc.record(
  {
    time: fc.oneof(
      fc.string(),
      fc.double(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    ),
    value: fc.double(),
    unit: fc.constantFrom("mg/dL" as const, "mmol/L" as const),
    rangeFlag: fc.oneof(fc.constant(null), fc.record({ side: fc.constantFrom("below" as const, "above" as const), bound: fc.double() })),
    trend: fc.oneof(fc.constantFrom(null, ...TRENDS), fc.string({ unit: "binary", maxLength: 200 })),
    trendRate: fc.oneof(fc.constant(null), fc.double()),
    utcOffsetMinutes: fc.oneof(fc.constant(null), fc.double()),
    device: fc.oneof(fc.constant(null), fc.string({ unit: "binary", maxLength: 200 })),
    record: fc.anything(),
  },
  { requiredKeys: ["time", "value", "unit"] },
);

/** What a plugin written without types may hand over. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
});
const fields = ["time", "value", "unit", "rangeFlag", "trend", "trendRate", "utcOffsetMinutes", "device", "record"] as const;
const spoiled = fc.tuple(close, fc.constantFrom(...fields), anything).map(([raw, field, value]) => ({ ...raw, [field]: value }));
const throwing = fc.tuple(close, fc.constantFrom(...fields)).map(([raw, field]) =>
  Object.defineProperty({ ...raw }, field, {
    get: () => {
      throw new RangeError("Invalid time value");
    },
  }),
);
const wild = fc.oneof(close, plausible, anything, spoiled, throwing) as fc.Arbitrary<RawReading>;
const rejection: fc.Arbitrary<RawRejected> = fc.record({
  reason: fc.constantFrom("unreadable_record", "sensor_error", "time_unreadable", "time_without_zone", "glucose_missing"),
  detail: fc.string(),
  record: fc.anything(),
});
const wildRejection = fc.oneof(rejection, anything, throwing) as fc.Arbitrary<RawRejected>;

describe("a page", () => {
  it("loses no record, whatever was handed over: accepted + set aside + repeated = given", () => {
    fc.assert(
      fc.property(fc.array(wild), fc.array(wildRejection), (raw, rejected) => {
        const { readings, setAside, repeated } = normalize(raw, rejected, now);
        expect(readings.length + setAside.length + repeated).toBe(raw.length + rejected.length);
        for (const each of setAside) expect(each).toMatchObject({ reason: expect.stringMatching(/^[a-z_]+$/), detail: expect.any(String) });
      }),
    );
  });

  it("gives readings that keep every promise of a reading, whatever was handed over", () => {
    fc.assert(
      fc.property(fc.array(wild), (raw) => {
        const { readings } = normalize(raw, [], now);
        readings.forEach((reading, index) => {
          expectReading(reading);
          expect(reading.at).toBeGreaterThan(readings[index - 1]?.at ?? 0);
        });
      }),
    );
  });

  it("gives the same in any order", () => {
    const page = fc.array(close, { maxLength: 12 });
    const shuffled = page.chain((raw) => fc.tuple(fc.constant(raw), fc.shuffledSubarray(raw, { minLength: raw.length })));
    fc.assert(
      fc.property(shuffled, ([raw, other]) => {
        const one = normalize(raw, [], now);
        const two = normalize(other, [], now);
        expect(two.readings).toEqual(one.readings);
        expect(two.repeated).toBe(one.repeated);
        expect(asMultiset(two)).toEqual(asMultiset(one));
      }),
    );
  });

  it("given twice over says what it says once", () => {
    fc.assert(
      fc.property(fc.array(close, { maxLength: 12 }), (raw) => {
        const once = normalize(raw, [], now);
        const twice = normalize([...raw, ...raw], [], now);
        expect(twice.readings).toEqual(once.readings);
        expect(new Set(twice.setAside.map(({ at }) => at))).toEqual(new Set(once.setAside.map(({ at }) => at)));
      }),
    );
  });

  it("makes one reading of each instant: what agrees is merged, of what contradicts one stands and the rest is set aside", () => {
    fc.assert(
      fc.property(fc.array(close, { maxLength: 8 }), (raw) => {
        const alone = raw.flatMap((each) => normalize([each], [], now).readings);
        const { readings, setAside } = normalize(raw, [], now);
        expect(readings.map(({ at }) => at)).toEqual([...new Set(alone.map(({ at }) => at))].toSorted((a, b) => a - b));
        for (const [at, said] of Map.groupBy(alone, (each) => each.at)) {
          const stands = readings.find((each) => each.at === at) as Reading;
          const refused = setAside.filter((each) => each.reason === "same_instant" && each.at === at).length;
          expect(said.filter((each) => agrees(each, stands)).length).toBeGreaterThanOrEqual(said.length - refused);
          if (said.every((each) => said.every((other) => agrees(each, other)))) expect(refused).toBe(0);
          if (said.every((each) => isSameContent(each, said[0] as Reading))) expect(stands).toEqual(said[0]);
        }
      }),
    );
  });
});

describe("time and the future", () => {
  it("an instant is accepted up to ten minutes ahead, and set aside beyond", () => {
    fc.assert(
      fc.property(fc.integer({ min: -700, max: 700 }), fc.integer({ min: 0, max: 999 }), (offset, ms) => {
        const time = (now + FUTURE_TOLERANCE_SECONDS + offset) * 1000 + ms;
        const { readings, setAside } = normalize([{ time, value: 100, unit: "mg/dL" }], [], now);
        if (offset <= 0) expect(readings.map(({ at }) => at)).toEqual([now + FUTURE_TOLERANCE_SECONDS + offset]);
        else expect(setAside).toMatchObject([{ reason: "in_the_future", at: now + FUTURE_TOLERANCE_SECONDS + offset }]);
      }),
    );
  });

  it("an instant set aside as future is accepted when it comes again in its time", () => {
    const raw: RawReading = { time: (now + 3600) * 1000, value: 100, unit: "mg/dL" };
    expect(normalize([raw], [], now).readings).toEqual([]);
    expect(normalize([raw], [], (now + 3000) as Instant).readings).toHaveLength(1);
  });
});

/** What `Reading` says of itself, and what the day codec counts on. */
function expectReading(reading: Reading): void {
  expect(Number.isInteger(reading.at)).toBe(true);
  expect(reading.at).toBeLessThanOrEqual(now + FUTURE_TOLERANCE_SECONDS);
  expectMgdl(reading.mgdl);
  if (reading.rangeFlag !== null) {
    expect(["below", "above"]).toContain(reading.rangeFlag.side);
    expectMgdl(reading.rangeFlag.boundMgdl);
  }
  expect(["mg/dL", "mmol/L"]).toContain(reading.unit);
  expect(TRENDS).toContain(reading.trend);
  for (const text of [reading.trendWord, reading.device]) {
    if (text === null) continue;
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThanOrEqual(64);
    expect(text.isWellFormed()).toBe(true);
  }
  if (reading.trendWord !== null) expect(reading.trend).toBe("unknown");
  if (reading.trendRate !== null) {
    expect(Math.abs(reading.trendRate)).toBeLessThanOrEqual(300);
    expect(Math.round(reading.trendRate * 100) / 100).toBe(reading.trendRate);
  }
  if (reading.utcOffsetMinutes !== null) {
    expect(Number.isInteger(reading.utcOffsetMinutes)).toBe(true);
    expect(reading.utcOffsetMinutes).toBeGreaterThanOrEqual(-720);
    expect(reading.utcOffsetMinutes).toBeLessThanOrEqual(840);
  }
}

function expectMgdl(value: number): void {
  expect(Number.isInteger(value)).toBe(true);
  expect(value).toBeGreaterThanOrEqual(20);
  expect(value).toBeLessThanOrEqual(1000);
}

function asMultiset({ setAside }: Normalised): readonly string[] {
  return setAside.map((each) => JSON.stringify(each)).toSorted();
}
