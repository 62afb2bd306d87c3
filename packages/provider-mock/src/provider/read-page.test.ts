import type { RawReading } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { readPage, readPageText } from "./read-page.ts";

const record = {
  recordId: "6bd8569e-fe1a-4140-a6f5-d21103ce947c",
  systemTime: "2025-01-30T23:49:55Z",
  displayTime: "2025-01-30T15:49:55-08:00",
  transmitterId: "e1a63457",
  transmitterTicks: 85273,
  value: 101,
  status: null,
  trend: "flat",
  trendRate: 0.3,
  unit: "mg/dL",
  rateUnit: "mg/dL/min",
  displayDevice: "iOS",
};

const pageOf = (...records: unknown[]) => readPage({ accountId: "acct-1", nextPage: null, records })._unsafeUnwrap().page;
const readingOf = (changes: object) => pageOf({ ...record, ...changes }).readings[0];
const rejectionOf = (changes: object) => pageOf({ ...record, ...changes }).rejected[0];

describe("a record", () => {
  it("is translated field by field, and kept as it came", () => {
    expect(readingOf({})).toEqual({
      time: Date.UTC(2025, 0, 30, 23, 49, 55),
      value: 101,
      unit: "mg/dL",
      rangeFlag: null,
      trend: "steady",
      trendRate: 0.3,
      utcOffsetMinutes: -480,
      device: "e1a63457",
      record,
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
    ["sideways", "sideways"],
    ["toString", "toString"],
    [null, null],
    [undefined, null],
  ])("with the trend %s has the trend %s", (word, trend) => {
    expect(readingOf({ trend: word })?.trend).toBe(trend);
  });

  it.each([
    ["low", "mg/dL", 39, { side: "below", bound: 40 }],
    ["high", "mg/dL", 401, { side: "above", bound: 400 }],
    ["low", "mmol/L", 2.1, { side: "below", bound: 2.2 }],
    ["high", "mmol/L", 22.3, { side: "above", bound: 22.2 }],
    [null, "mg/dL", 39, null],
    [null, "mg/dL", 401, null],
    ["ok", "mg/dL", 100, null],
  ])("of status %s in %s with the value %s has the flag %j", (status, unit, value, rangeFlag) => {
    expect(readingOf({ status, unit, value })).toMatchObject({ rangeFlag, value, unit });
  });

  it.each([
    ["a rate in another unit", { rateUnit: "mmol/L/min" }, { trendRate: null }],
    ["a rate without a unit", { rateUnit: undefined }, { trendRate: 0.3 }],
    ["no rate", { trendRate: undefined }, { trendRate: null }],
    ["no zone on its wall clock", { displayTime: "2025-01-30T15:49:55" }, { utcOffsetMinutes: null }],
    ["no wall clock", { displayTime: null }, { utcOffsetMinutes: null }],
    ["no transmitter", { transmitterId: "" }, { device: null }],
    ["a fraction of a second", { systemTime: "2025-01-30T23:49:55.999Z" }, { time: Date.UTC(2025, 0, 30, 23, 49, 55) }],
    ["an offset instead of Z", { systemTime: "2025-01-31T00:49:55+01:00" }, { time: Date.UTC(2025, 0, 30, 23, 49, 55) }],
  ])("with %s is a reading all the same", (_, changes, expected) => {
    expect(readingOf(changes)).toMatchObject(expected);
  });

  it.each([
    ["without a zone", { systemTime: "2025-01-30T23:49:55" }, "time_without_zone"],
    ["of no time", { systemTime: "noon" }, "time_unreadable"],
    ["of a day that no month has", { systemTime: "2025-02-30T10:00:00Z" }, "time_unreadable"],
    ["with a number for a time", { systemTime: 1738281000 }, "unreadable_record"],
    ["without a value", { value: null }, "glucose_missing"],
    ["with a text for a value", { value: "101" }, "unreadable_record"],
    ["whose sensor failed", { value: null, status: "sensorError" }, "sensor_error"],
    ["without a unit", { unit: null }, "unreadable_record"],
    ["in a unit that nobody knows", { unit: "g/L" }, "unreadable_record"],
  ])("%s is set aside, as it came", (_, changes, reason) => {
    expect(rejectionOf(changes)).toMatchObject({ reason, record: JSON.parse(JSON.stringify({ ...record, ...changes })) });
  });

  it.each(["null", "17", '"text"', "[]", "{}", `{"__proto__":${JSON.stringify(record)}}`])("that is %s is set aside", (text) => {
    const garbage: unknown = JSON.parse(text);
    const page = pageOf(record, garbage, record);
    expect(page.readings.length).toBe(2);
    expect(page.rejected).toEqual([{ reason: "unreadable_record", detail: expect.any(String), record: garbage }]);
  });

  it("does not put its value into the reason for which it is set aside", () => {
    expect(JSON.stringify({ ...rejectionOf({ value: "274", systemTime: "noon" }), record: null })).not.toContain("274");
  });
});

describe("a page", () => {
  it("says whose it is and where the next one is", () => {
    expect(readPage({ accountId: "acct-1", nextPage: "2", records: [] })._unsafeUnwrap()).toEqual({
      page: { readings: [], rejected: [], accountId: "acct-1", isLast: false },
      nextPage: "2",
    });
    expect(readPage({ records: [] })._unsafeUnwrap()).toEqual({
      page: { readings: [], rejected: [], accountId: null, isLast: true },
      nextPage: null,
    });
  });

  it.each(["", "<html>", '{"records":[{"systemTime":', "null", "[]", "{}", '{"records":{}}', '{"records":[],"nextPage":2}'])(
    "that reads %s stops, and none of it is stored",
    (text) => {
      expect(readPageText(text)._unsafeUnwrapErr()).toMatchObject({ kind: "stop" });
    },
  );
});
