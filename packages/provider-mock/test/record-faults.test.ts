import type { RawReading } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { FAULTS, type FaultName, type MockRecord } from "../src/index.ts";
import { RECORD_FAULTS, type RecordFaultName } from "../src/world/fault.ts";
import { connectMock, DAY, fetched, HOUR, NOW, spanBefore } from "./mock-setup.ts";

const WEEK = spanBefore(NOW - HOUR, 7 * DAY);
const USER = "demo";

interface Seen {
  /** What the person's sensors really measured. */
  readonly made: readonly MockRecord[];
  readonly readings: readonly RawReading[];
  readonly rejected: readonly { readonly reason: string; readonly detail: string }[];
}

async function seenWith(faults: Partial<Record<FaultName, number>>, window = WEEK): Promise<Seen> {
  const { world, mock } = connectMock({ faults });
  return { made: world.records(USER, window), ...(await fetched(mock, window, USER)) };
}

const at = ({ time }: RawReading) => Number(time) / 1000;
const idOf = ({ record }: RawReading) => (record as MockRecord).recordId;
const valuesOf = (made: readonly MockRecord[]) => new Map(made.map((record) => [record.at, record.value]));

/** What each fault does to a week of readings, and to nothing else. */
const EFFECT: Readonly<Record<RecordFaultName, (seen: Seen) => void>> = {
  gaps: ({ made, readings }) => {
    const gone = made.filter((record) => !readings.some((reading) => at(reading) === record.at));
    expect(gone.length).toBeGreaterThan(20);
    expect(readings.every((reading) => valuesOf(made).get(at(reading)) === reading.value)).toBe(true);
    // Six or more in a row: half an hour at least.
    const runs = gone.filter((record, index) => record.at - (gone[index - 1]?.at ?? 0) > 400);
    expect(gone.length / runs.length).toBeGreaterThanOrEqual(6);
  },
  late_arrival: ({ made, readings }) => {
    const hidden = made.filter((record) => !readings.some((reading) => at(reading) === record.at));
    expect(hidden.length).toBeGreaterThan(0);
    expect(hidden.every((record) => NOW - record.at <= 26 * HOUR)).toBe(true);
    expect(hidden.some((record) => readings.some((reading) => at(reading) > record.at))).toBe(true);
  },
  duplicates: ({ made, readings }) => {
    const values = valuesOf(made);
    const extra = readings.filter((reading) => !values.has(at(reading)));
    expect(extra.length).toBeGreaterThan(20);
    for (const twin of extra) {
      expect(values.get(at(twin) - 9)).toBe(twin.value);
      const original = readings.find((reading) => at(reading) === at(twin) - 9);
      expect(original).toMatchObject({ value: twin.value, device: twin.device });
      expect(original?.record).not.toMatchObject({ displayDevice: "watch" });
      expect(twin.record).toMatchObject({ displayDevice: "watch" });
    }
  },
  same_instant: ({ made, readings }) => {
    expect(readings.length).toBeGreaterThan(made.length + 20);
    const values = valuesOf(made);
    expect(readings.every((reading) => values.has(at(reading)))).toBe(true);
    expect(readings.filter((reading) => values.get(at(reading)) !== reading.value).length).toBe(readings.length - made.length);
    expect(new Set(readings.map(idOf)).size).toBe(readings.length);
  },
  revisions: ({ made, readings }) => {
    // The week ends an hour ago: all of it has its final value.
    expect(readings.map(({ value }) => value)).toEqual(made.map(({ value }) => value));
  },
  out_of_range: ({ made, readings }) => {
    const flagged = readings.filter(({ rangeFlag }) => rangeFlag);
    expect(flagged.length).toBeGreaterThan(30);
    expect(flagged.some(({ rangeFlag, value }) => rangeFlag?.side === "below" && rangeFlag.bound === 40 && value === 39)).toBe(true);
    expect(flagged.some(({ rangeFlag, value }) => rangeFlag?.side === "above" && rangeFlag.bound === 400 && value === 401)).toBe(true);
    expect(readings.length).toBe(made.length);
  },
  null_values: ({ made, readings, rejected }) => {
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(["sensor_error", "glucose_missing"]));
    expect(readings.length + rejected.length).toBe(made.length);
  },
  unknown_words: ({ made, readings }) => {
    const odd = readings.filter(({ trend }) => trend === "sideways");
    expect(odd.length).toBeGreaterThan(30);
    expect(odd[0]?.record).toMatchObject({ displayDevice: "toaster", transmitterGeneration: "m99", status: "splendid" });
    expect(readings.map(({ value }) => value)).toEqual(made.map(({ value }) => value));
  },
  zone_less_times: ({ made, readings, rejected }) => {
    expect(rejected.length).toBeGreaterThan(20);
    expect(rejected.every(({ reason }) => reason === "time_without_zone")).toBe(true);
    expect(readings.length + rejected.length).toBe(made.length);
  },
  missing_fields: ({ made, readings, rejected }) => {
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(["unreadable_record", "glucose_missing"]));
    expect(readings.length + rejected.length).toBe(made.length);
    expect(readings.some(({ utcOffsetMinutes, record }) => utcOffsetMinutes === null && !("displayTime" in (record as object)))).toBe(true);
    expect(readings.every((reading) => valuesOf(made).get(at(reading)) === reading.value)).toBe(true);
  },
  garbage_records: ({ made, readings, rejected }) => {
    expect(rejected.length).toBeGreaterThan(10);
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(["unreadable_record", "time_unreadable", "glucose_missing"]));
    expect(readings.length + rejected.length).toBe(made.length);
  },
};

describe.each(Object.keys(RECORD_FAULTS) as RecordFaultName[])("the fault %s", (name) => {
  it("does what its name says", async () => {
    EFFECT[name](await seenWith({ [name]: FAULTS[name].share }));
  });

  it("strikes the same records whatever windows are asked", async () => {
    const { mock } = connectMock({ faults: { [name]: FAULTS[name].share } });
    const whole = await fetched(mock, WEEK);
    const cuts = [0, 1001, 40_000, 40_007, 3 * DAY, 7 * DAY].map((offset) => WEEK.from + offset);
    const parts = [];
    for (const [index, to] of cuts.slice(1).entries()) parts.push(await fetched(mock, spanBefore(to, to - (cuts[index] ?? to))));
    expect(parts.flatMap(({ readings }) => readings)).toEqual(whole.readings);
    expect(parts.flatMap(({ rejected }) => rejected)).toEqual(whole.rejected);
  });
});

it("shows a duplicate once, also where a window ends between a reading and its duplicate", async () => {
  const { world, mock } = connectMock({ faults: { duplicates: 1 } });
  const window = spanBefore(NOW - HOUR, 6 * HOUR);
  const cuts = [window.from, ...world.records(USER, window).map((record) => record.at + 4), window.to];
  const parts: RawReading[] = [];
  for (const [index, to] of cuts.slice(1).entries())
    parts.push(...(await fetched(mock, spanBefore(to, to - (cuts[index] ?? to)))).readings);
  const whole = await fetched(mock, window);
  expect(whole.readings.length).toBeGreaterThan(140);
  expect(parts).toEqual(whole.readings);
});

it("shows every reading as it was made when no fault is on", async () => {
  const { made, readings, rejected } = await seenWith({});
  expect(rejected).toEqual([]);
  expect(readings.map((reading) => [at(reading), reading.value, reading.unit])).toEqual(
    made.map((record) => [record.at, record.value, record.unit]),
  );
});

it("shows another value than later for the first 20 minutes of a revised reading", async () => {
  const { world, mock, time } = connectMock({ faults: { revisions: 1 } });
  const window = spanBefore(NOW, HOUR);
  const young = (await fetched(mock, window)).readings.filter((reading) => NOW - at(reading) < 20 * 60);
  time.pass(20 * 60 * 1000);
  const old = (await fetched(mock, window)).readings.slice(-young.length);
  expect(young.length).toBeGreaterThan(2);
  expect(old.map(at)).toEqual(young.map(at));
  expect(old.map(({ value }) => value)).toEqual(
    world
      .records(USER, window)
      .slice(-young.length)
      .map(({ value }) => value),
  );
  expect(old.map(idOf)).toEqual(young.map(idOf));
  for (const [index, reading] of young.entries()) {
    expect(Math.abs(reading.value - (old[index]?.value ?? 0))).toBeGreaterThanOrEqual(8);
  }
});

it("shows what arrives late once its time has come, all of it within 26 hours", async () => {
  const { world, mock, time } = connectMock({ faults: { late_arrival: 1 } });
  const window = spanBefore(NOW, 2 * DAY);
  const counts = [(await fetched(mock, window)).readings.length];
  for (let hours = 0; hours < 26; hours += 2) {
    time.pass(2 * HOUR * 1000);
    counts.push((await fetched(mock, window)).readings.length);
  }
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts[0]).toBeLessThan(world.records(USER, window).length);
  expect(counts.at(-1)).toBe(world.records(USER, window).length);
});

it("lets faults be switched on and off while it runs", async () => {
  const { world, mock } = connectMock();
  const clean = await fetched(mock, WEEK);
  world.faults.switchOn("null_values");
  expect((await fetched(mock, WEEK)).rejected.length).toBeGreaterThan(0);
  world.faults.switchOff("null_values");
  expect(await fetched(mock, WEEK)).toEqual(clean);
});
