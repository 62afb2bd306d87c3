import type { RawReading } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EGV, envelope } from "../../test/dexcom-setup.ts";
import { readPageText } from "./read-page.ts";

const pageOf = (...records: unknown[]) => readPageText(JSON.stringify(envelope(records)))._unsafeUnwrap();
const readingOf = (changes: object) => pageOf({ ...EGV, ...changes }).readings[0];
const rejectionOf = (changes: object) => pageOf({ ...EGV, ...changes }).rejected[0];

describe("an EGV", () => {
  it("is translated field by field, and kept as it came", () => {
    expect(readingOf({})).toEqual({
      time: Date.UTC(2025, 0, 30, 23, 49, 55),
      value: 101,
      unit: "mg/dL",
      rangeFlag: null,
      trend: "steady",
      trendRate: 0.3,
      utcOffsetMinutes: -480,
      device: EGV.transmitterId,
      record: EGV,
    } satisfies RawReading);
  });

  it.each([
    ["doubleUp", "rising_very_fast"],
    ["singleUp", "rising_fast"],
    ["fortyFiveUp", "rising"],
    ["flat", "steady"],
    ["fortyFiveDown", "falling"],
    ["singleDown", "falling_fast"],
    ["doubleDown", "falling_very_fast"],
    ["notComputable", "not_computable"],
    ["rateOutOfRange", "rate_out_of_range"],
    ["none", "unknown"],
    ["unknown", "unknown"],
    ["sideways", "sideways"],
    ["toString", "toString"],
    [null, null],
    [undefined, null],
    [7, null],
  ])("with the trend %s has the trend %s", (word, trend) => {
    expect(readingOf({ trend: word })?.trend).toBe(trend);
  });

  it.each([
    [39, null, "mg/dL", { side: "below", bound: 40 }],
    [39, "low", "mg/dL", { side: "below", bound: 40 }],
    [39, undefined, "mg/dL", { side: "below", bound: 40 }],
    [39, "ok", "mg/dL", { side: "below", bound: 40 }],
    [38, null, "mg/dL", { side: "below", bound: 40 }],
    [40, "low", "mg/dL", { side: "below", bound: 40 }],
    [40, null, "mg/dL", null],
    [40, "unknown", "mg/dL", null],
    [401, null, "mg/dL", { side: "above", bound: 400 }],
    [401, "high", "mg/dL", { side: "above", bound: 400 }],
    [401, "somethingNew", "mg/dL", { side: "above", bound: 400 }],
    [500, null, "mg/dL", { side: "above", bound: 400 }],
    [400, "high", "mg/dL", { side: "above", bound: 400 }],
    [400, null, "mg/dL", null],
    [65, "low", "mg/dL", null],
    [260, "high", "mg/dL", null],
    [101, "ok", "mg/dL", null],
    [2.1, null, "mmol/L", { side: "below", bound: 2.2 }],
    [2.2, "low", "mmol/L", { side: "below", bound: 2.2 }],
    [22.3, null, "mmol/L", { side: "above", bound: 22.2 }],
    [22.2, "high", "mmol/L", { side: "above", bound: 22.2 }],
    [5.5, null, "mmol/L", null],
  ])("of %s and status %s in %s has the flag %j", (value, status, unit, rangeFlag) => {
    expect(readingOf({ value, status, unit })).toMatchObject({ value, unit, rangeFlag });
  });

  it.each([
    ["a rate in mmol/L beside a value in mg/dL", { trendRate: 0.1, rateUnit: "mmol/L/min" }, { trendRate: expect.closeTo(1.801559) }],
    ["a rate and a value in mmol/L", { value: 5.5, unit: "mmol/L", trendRate: 0.1, rateUnit: "mmol/L/min" }, { trendRate: 0.1 }],
    ["a rate of no unit", { trendRate: -1.5, rateUnit: undefined }, { trendRate: -1.5 }],
    ["a rate of an unknown unit", { rateUnit: "unknown" }, { trendRate: null }],
    ["a rate that is a text", { trendRate: "0.3" }, { trendRate: null }],
    ["no rate", { trendRate: null }, { trendRate: null }],
    ["a rate of zero", { trendRate: 0 }, { trendRate: 0 }],
    ["a receiver's wall clock", { displayTime: "2025-01-30T15:49:55" }, { utcOffsetMinutes: -480 }],
    ["an unreadable wall clock", { displayTime: "soon" }, { utcOffsetMinutes: null }],
    ["no wall clock", { displayTime: undefined }, { utcOffsetMinutes: null }],
    ["a wall clock that is a number", { displayTime: 5 }, { utcOffsetMinutes: null }],
    ["an empty transmitter", { transmitterId: "" }, { device: null }],
    ["no transmitter", { transmitterId: null }, { device: null }],
    ["a transmitter that is a number", { transmitterId: 7 }, { device: null }],
    ["no unit", { unit: null }, { value: 101, unit: "mg/dL" }],
    ["a unit in small letters", { unit: "mg/dl" }, { unit: "mg/dL" }],
    ["a system time without a zone", { systemTime: "2025-01-30T23:49:55" }, { time: Date.UTC(2025, 0, 30, 23, 49, 55) }],
    ["a fraction of a second", { systemTime: "2025-01-30T23:49:55.999Z" }, { time: Date.UTC(2025, 0, 30, 23, 49, 55) }],
    ["an unknown generation, device and app", { transmitterGeneration: "g9", displayDevice: "watch", displayApp: null }, { value: 101 }],
    ["no recordId", { recordId: undefined }, { value: 101 }],
  ])("with %s is a reading all the same", (_, changes, expected) => {
    expect(readingOf(changes)).toMatchObject(expected);
  });

  it.each([
    ["of no time that Dexcom prints", { systemTime: "noon" }, "time_unreadable"],
    ["of a day that no month has", { systemTime: "2025-02-30T10:00:00Z" }, "time_unreadable"],
    ["without a system time", { systemTime: null }, "unreadable_record"],
    ["with a number for a time", { systemTime: 1738281000 }, "unreadable_record"],
    ["without a value", { value: null }, "glucose_missing"],
    ["without a value, said to be low", { value: null, status: "low" }, "glucose_missing"],
    ["whose value is not there at all", { value: undefined }, "glucose_missing"],
    ["with a text for a value", { value: "101" }, "unreadable_record"],
    ["in the unit unknown", { unit: "unknown" }, "glucose_missing"],
    ["in a unit that nobody knows", { unit: "g/L" }, "glucose_missing"],
    ["without a unit, of what could be mmol/L", { unit: null, value: 22.3 }, "glucose_missing"],
    ["with a number for a status", { status: 1 }, "unreadable_record"],
    ["that is low and said to be high", { value: 39, status: "high" }, "unreadable_record"],
    ["that is high and said to be low", { value: 401, status: "low" }, "unreadable_record"],
  ])("%s is set aside, as it came", (_, changes, reason) => {
    expect(rejectionOf(changes)).toMatchObject({ reason, record: JSON.parse(JSON.stringify({ ...EGV, ...changes })) });
  });

  it.each(["null", "17", '"text"', "[]", "{}", `{"__proto__":${JSON.stringify(EGV)}}`])("that is %s is set aside alone", (text) => {
    const garbage: unknown = JSON.parse(text);
    const page = pageOf(EGV, garbage, EGV);
    expect(page.readings.length).toBe(2);
    expect(page.rejected).toEqual([{ reason: "unreadable_record", detail: expect.any(String), record: garbage }]);
  });

  it("does not put its value into the reason for which it is set aside", () => {
    for (const changes of [{ value: "274" }, { value: 274, systemTime: "noon" }, { value: 274, unit: "g/L" }]) {
      expect(JSON.stringify({ ...rejectionOf(changes), record: null })).not.toContain("274");
    }
  });
});

describe("a page", () => {
  it("says whose it is, and that it is the last", () => {
    expect(pageOf()).toEqual({ readings: [], rejected: [], accountId: "user-1", isLast: true });
    expect(readPageText('{"records":[]}')._unsafeUnwrap().accountId).toBeNull();
    expect(readPageText('{"records":[],"userId":null,"extra":{}}')._unsafeUnwrap().accountId).toBeNull();
  });

  it("loses no record, whatever is in it, and is in order of time", () => {
    const time = fc.integer({ min: 0, max: 10_000 }).map((n) => new Date(1_738_000_000_000 + n * 1000).toISOString());
    const egv = fc.record({ systemTime: time, value: fc.integer({ min: 20, max: 500 }) }).map((changes) => ({ ...EGV, ...changes }));
    const record = fc.oneof(
      { weight: 4, arbitrary: egv },
      fc.record({ systemTime: fc.oneof(time, fc.string()), value: fc.option(fc.double({ noNaN: true })), unit: fc.string() }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (records) => {
        const page = pageOf(...records);
        expect(page.readings.length + page.rejected.length).toBe(records.length);
        const times = page.readings.map((reading) => reading.time as number);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });

  it.each([
    "",
    "<html>",
    '{"records":[{"systemTime":',
    "null",
    "[]",
    "{}",
    '{"records":{}}',
    '{"records":null}',
    '{"records":[],"userId":7}',
  ])("that reads %s stops, and none of it is stored or quoted", (text) => {
    const error = readPageText(text)._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: "stop", message: expect.stringMatching(/cannot be read/) });
    if (text !== "") expect(error.message).not.toContain(text);
  });
});
