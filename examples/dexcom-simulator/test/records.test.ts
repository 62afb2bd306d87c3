import { describe, expect, it } from "vitest";
import { type FaultName, type FaultShares, RECORD_FATES, RECORD_FORMS } from "../src/index.ts";
import { connected, createWorld, getData, NOW_MS, recordsIn, windowPath } from "./support/application.ts";

const NOW = NOW_MS / 1000;
const HOUR = 3_600;
const DAY = 86_400;

type WireRecord = Readonly<Record<string, unknown>>;

async function recordsWith(faults: FaultShares, user = "ada", days = 3): Promise<readonly WireRecord[]> {
  const world = createWorld({ faults });
  return recordsIn(getData(world, await connected(world, user), windowPath("egvs", NOW - days * DAY, NOW)));
}

const PLAIN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe("a record without faults", () => {
  it("has every field that is documented, in its plain form", async () => {
    for (const record of await recordsWith({}, "ada", 30)) {
      expect(record).toEqual({
        recordId: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/),
        systemTime: expect.stringMatching(PLAIN),
        displayTime: expect.stringMatching(/[+-]\d\d:\d\d$/),
        transmitterId: expect.stringMatching(/^[\da-f]{64}$/),
        transmitterTicks: expect.any(Number),
        value: expect.any(Number),
        status: (record["value"] as number) < 40 ? "low" : (record["value"] as number) > 400 ? "high" : null,
        trend: expect.stringMatching(
          /^(doubleUp|singleUp|fortyFiveUp|flat|fortyFiveDown|singleDown|doubleDown|notComputable|rateOutOfRange)$/,
        ),
        trendRate: record["trend"] === "notComputable" ? null : expect.any(Number),
        unit: "mg/dL",
        rateUnit: "mg/dL/min",
        displayDevice: "iOS",
        transmitterGeneration: "g7",
        displayApp: "G7",
      });
    }
  });

  it("stands behind all that are newer", async () => {
    const times = (await recordsWith({})).map(({ systemTime }) => String(systemTime));
    expect(times).toEqual(times.toSorted().toReversed());
  });
});

/** One promise for every form and for every fate that shows in a single record; of a fault at share 1 every record keeps it. */
const SHOWN: Readonly<Partial<Record<FaultName, (record: WireRecord) => void>>> = {
  single_digits: ({ systemTime }) => expect(systemTime).toMatch(/^\d{4}-3-\d{1,2}T(\d|1\d|2\d):\d\d:\d\dZ$/),
  blank_for_t: ({ systemTime }) => expect(systemTime).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
  zone_missing: ({ systemTime }) => expect(systemTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
  zone_offset: ({ systemTime, displayTime }) => {
    expect(systemTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    expect(systemTime).toBe(displayTime);
  },
  offset_seconds: ({ systemTime, displayTime }) => {
    expect(systemTime).toMatch(PLAIN);
    expect(displayTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d:\d\d$/);
  },
  unknown_words: ({ trend, status, transmitterId }) => {
    expect(["none", "unknown", "sideways", "tripleUp", ""]).toContain(trend);
    expect(["ok", "unknown", "splendid", "low", "high"]).toContain(status);
    expect(transmitterId).toBe("");
  },
  absent_fields: (record) => {
    expect(Object.keys(record).length).toBeLessThan(14);
    expect(record).toMatchObject({ systemTime: expect.any(String), value: expect.any(Number), unit: "mg/dL" });
  },
  extra_fields: (record) => expect(record).toHaveProperty("algorithm.steps"),
  zero_ticks: ({ transmitterTicks }) => expect(transmitterTicks).toBe(0),
  null_values: ({ value }) => expect(value).toBeNull(),
  unknown_units: ({ unit }) => expect(unit).toBe("unknown"),
  mmol_values: ({ unit, value, rateUnit }) => {
    const isFlagged = value === 39 || value === 401;
    expect([unit, rateUnit]).toEqual(isFlagged ? ["mg/dL", "mg/dL/min"] : ["mmol/L", "mmol/L/min"]);
    if (!isFlagged) expect(value).toBeLessThan(23);
  },
  out_of_range: ({ value, status }) => {
    expect([39, 401]).toContain(value);
    expect([null, value === 39 ? "low" : "high"]).toContain(status);
  },
  seconds_missing: ({ systemTime, displayTime }) => {
    expect(systemTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
    expect(displayTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d$/);
  },
  fractional_seconds: ({ systemTime }) => expect(systemTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,7}Z$/),
};

describe("a fault of records", () => {
  it.each(Object.entries(SHOWN))("%s shows in every record at share 1, and in some at 0.3", async (fault, expectShown) => {
    const all = await recordsWith({ [fault]: 1 });
    expect(all.length).toBeGreaterThan(800);
    for (const record of all) expectShown(record);
    const struck = (await recordsWith({ [fault]: 0.3 })).filter((record) => isShown(record, expectShown)).length;
    expect(struck / all.length).toBeGreaterThan(0.15);
    expect(struck / all.length).toBeLessThan(0.6);
  });

  it("has a promise here or below, each of them", () => {
    const below = ["null_words", "gaps", "late_arrivals", "revisions", "near_duplicates", "broken_records", "repeated_records"];
    expect([...Object.keys(SHOWN), ...below].sort()).toEqual(Object.keys({ ...RECORD_FATES, ...RECORD_FORMS }).sort());
  });

  it("offset_seconds writes a wall clock seconds off that still tells the moment", async () => {
    for (const { systemTime, displayTime } of await recordsWith({ offset_seconds: 1 })) {
      const [, wall = "", sign, hours, minutes, seconds] = /^(.{19})([+-])(\d\d):(\d\d):(\d\d)$/.exec(String(displayTime)) ?? [];
      const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
      expect(Date.parse(`${wall}Z`) - offset * 1000).toBe(Date.parse(String(systemTime)));
    }
  });

  it("null_words leave null in the place of any word", async () => {
    const records = await recordsWith({ null_words: 1 });
    const names = ["transmitterId", "status", "trend", "trendRate", "rateUnit", "displayDevice", "transmitterGeneration", "displayApp"];
    for (const name of names) expect(new Set(records.map((record) => record[name] === null))).toContain(true);
    for (const name of names.slice(4)) expect(new Set(records.map((record) => record[name] === null))).toContain(false);
    for (const record of records) expect([record["value"], record["unit"]]).not.toContain(null);
  });

  it("gaps leave out some of six hours and nothing else", () => {
    const whole = createWorld().simulator.published("ada");
    const holed = createWorld({ faults: { gaps: 1 } }).simulator.published("ada");
    const ids = new Set(whole.map(({ recordId }) => recordId));
    expect(holed.every(({ recordId }) => ids.has(recordId))).toBe(true);
    expect(holed.length / whole.length).toBeGreaterThan(0.66);
    expect(holed.length / whole.length).toBeLessThan(0.92);
  });

  it("late_arrivals bring records 1 to 26 hours late, behind newer ones; a receiver has none", () => {
    const first = (user: string, share: number) =>
      createWorld({ faults: { late_arrivals: share } })
        .simulator.published(user, { asOf: NOW + 30 * DAY, to: NOW })
        .map(({ at, versions }) => (versions[0]?.publishedAt ?? 0) - at);
    const lateness = first("ada", 1).map((delay) => delay - HOUR);
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(HOUR);
    expect(Math.max(...lateness)).toBeLessThanOrEqual(26 * HOUR);
    expect(new Set(first("ada", 0.2).map((delay) => delay > HOUR)).size).toBe(2);
    expect(first("cleo", 1)).toEqual(first("cleo", 0));
  });

  it("revisions show another value half an hour to six days later, and keep the first one in the truth", async () => {
    const world = createWorld({ faults: { revisions: 1 } });
    const [record] = world.simulator
      .published("ada", { from: NOW - DAY, asOf: NOW + 30 * DAY })
      .filter(({ versions }) => versions.length > 1);
    const [first, second] = record?.versions ?? [];
    const shown = async () =>
      (
        await recordsIn(getData(world, await connected(world, "ada"), windowPath("egvs", (record?.at ?? 0) - 1, (record?.at ?? 0) + 1)))
      )[0]?.["value"];
    world.pass(Math.max(0, (second?.publishedAt ?? 0) - NOW - 1));
    expect(await shown()).toBe(first?.mgdl);
    world.pass(1);
    expect(await shown()).toBe(second?.mgdl);

    for (const { versions } of world.simulator.published("ada", { asOf: NOW + 30 * DAY, to: NOW })) {
      const [before, after] = versions;
      if (before === undefined || after === undefined) continue;
      expect(after.publishedAt - before.publishedAt).toBeGreaterThanOrEqual(HOUR / 2);
      expect(after.publishedAt - before.publishedAt).toBeLessThanOrEqual(6 * DAY);
      expect(Math.abs((after.mgdl ?? 0) - (before.mgdl ?? 0))).toBeGreaterThanOrEqual(8);
    }
  });

  it("near_duplicates say a value again 9 s later, from another display device", async () => {
    const records = (await recordsWith({ near_duplicates: 1 })).toReversed();
    const pairs = records.flatMap((record, index) => (index % 2 === 0 ? [[record, records[index + 1]] as const] : []));
    for (const [record, twin] of pairs.slice(0, -1)) {
      expect(Date.parse(String(twin?.["systemTime"])) - Date.parse(String(record["systemTime"]))).toBe(9_000);
      expect(twin?.["value"]).toBe(record["value"]);
      expect(twin?.["recordId"]).not.toBe(record["recordId"]);
      expect(twin?.["displayDevice"]).not.toBe(record["displayDevice"]);
    }
  });

  it("repeated_records put the same record into a page twice, and into the truth once", async () => {
    const once = await recordsWith({});
    const twice = await recordsWith({ repeated_records: 1 });
    expect(twice).toEqual(once.flatMap((record) => [record, record]));
  });

  it("broken_records put many things in the place of a record, and none of them is a reading", async () => {
    const records = await recordsWith({ broken_records: 1 });
    const kinds = new Set(records.map((record) => JSON.stringify(record).replaceAll(/[\da-f-]{36}/g, "id")));
    expect(kinds.size).toBe(10);
    const { simulator } = createWorld({ faults: { broken_records: 1 } });
    for (const { versions } of simulator.published("ada")) expect(versions).toMatchObject([{ mgdl: null, unreadable: "broken_record" }]);
  });
});

function isShown(record: WireRecord, expectShown: (record: WireRecord) => void): boolean {
  try {
    expectShown(record);
    return true;
  } catch {
    return false;
  }
}
