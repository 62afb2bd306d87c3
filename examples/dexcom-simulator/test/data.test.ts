import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERYDAY_FAULTS } from "../src/index.ts";
import { connected, createWorld, getData, NOW_MS, recordsIn, windowPath } from "./support/application.ts";

const NOW = NOW_MS / 1000;
const HOUR = 3_600;
const DAY = 86_400;

describe("a window", () => {
  it.each([
    ["without dates", "egvs"],
    ["without an end", "egvs?startDate=2026-03-01T00:00:00"],
    ["given twice", "egvs?startDate=2026-03-01T00:00:00&startDate=2026-03-01T00:00:00&endDate=2026-03-02T00:00:00"],
    ["that ends before it begins", "egvs?startDate=2026-03-02T00:00:00&endDate=2026-03-01T00:00:00"],
    ["without length", "egvs?startDate=2026-03-02T00:00:00&endDate=2026-03-02T00:00:00"],
    ["of 30 days and a second", "egvs?startDate=2026-02-01T00:00:00&endDate=2026-03-03T00:00:01"],
    ["with a zone", "egvs?startDate=2026-03-01T00:00:00Z&endDate=2026-03-02T00:00:00Z"],
    ["with a fraction", "egvs?startDate=2026-03-01T00:00:00.000&endDate=2026-03-02T00:00:00.000"],
    ["of days only", "egvs?startDate=2026-03-01&endDate=2026-03-02"],
    ["on a day that there is not", "egvs?startDate=2026-02-30T00:00:00&endDate=2026-03-02T00:00:00"],
    ["of words", "egvs?startDate=yesterday&endDate=today"],
  ])("%s is refused", async (_, path) => {
    const world = createWorld();
    const tokens = await connected(world, "ada");
    expect((await getData(world, tokens, path)).status).toBe(400);
    expect((await getData(world, tokens, path.replace("egvs", "events"))).status).toBe(400);
  });

  it("of exactly 30 days is answered in one body", async () => {
    const world = createWorld();
    const records = await recordsIn(getData(world, await connected(world, "ada"), windowPath("egvs", NOW - 31 * DAY, NOW - DAY)));
    expect(records.length).toBeGreaterThan(8_500);
  });

  it("may have zones and fractions where the rules allow them", async () => {
    const world = createWorld({ rules: { dates: "any" } });
    const tokens = await connected(world, "ada");
    const zoned = "egvs?startDate=2026-03-01T01:00:00.000%2B01:00&endDate=2026-03-02T00:00:00.000Z";
    const plain = "egvs?startDate=2026-03-01T00:00:00&endDate=2026-03-02T00:00:00";
    expect(await recordsIn(getData(world, tokens, zoned))).toEqual(await recordsIn(getData(world, tokens, plain)));
  });

  it("gives what its parts give, however it is split, each record once", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 3 * DAY - 1 }), { maxLength: 5 });
    const user = fc.constantFrom("ada", "ben", "cleo");
    await fc.assert(
      fc.asyncProperty(fc.string(), user, fc.integer({ min: NOW - 60 * DAY, max: NOW }), cuts, async (seed, name, from, offsets) => {
        const world = createWorld({ seed, faults: EVERYDAY_FAULTS, rules: { windowEnds: "closed_open" } });
        const tokens = await connected(world, name);
        const ask = (start: number, end: number) => recordsIn(getData(world, tokens, windowPath("egvs", start, end)));
        const edges = [...new Set([0, ...offsets, 3 * DAY])].sort((a, b) => a - b).map((offset) => from + offset);
        const parts = await Promise.all(edges.slice(1).map((end, index) => ask(edges[index] ?? from, end)));
        expect(parts.toReversed().flat()).toEqual(await ask(from, from + 3 * DAY));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["open_open", []],
    ["closed_open", [0]],
    ["closed", [1, 0]],
  ] as const)("that is %s holds of the records at its two ends these: %j", async (windowEnds, held) => {
    const world = createWorld({ rules: { windowEnds } });
    const tokens = await connected(world, "ada");
    const records = world.simulator.published("ada", { from: NOW - DAY }).slice(0, 2);
    const [from, to] = [records[0]?.at ?? 0, records[1]?.at ?? 0];
    const idsIn = async (start: number, end: number) =>
      (await recordsIn(getData(world, tokens, windowPath("egvs", start, end)))).map(({ recordId }) => recordId);
    expect(await idsIn(from, to)).toEqual(held.map((which) => records[which]?.recordId));
    expect(await idsIn(from - 1, to + 1)).toEqual([records[1]?.recordId, records[0]?.recordId]);
  });

  it("cut at the second of a record with a fraction leaves that record out", async () => {
    const world = createWorld({ faults: { fractional_seconds: 1 } });
    const tokens = await connected(world, "ada");
    const [newest] = await recordsIn(getData(world, tokens, windowPath("egvs", NOW - DAY, NOW)));
    const text = String(newest?.["systemTime"]);
    const second = Math.floor(Date.parse(text) / 1000);
    expect(text).toMatch(/\.\d+Z$/);
    const [cut] = await recordsIn(getData(world, tokens, windowPath("egvs", NOW - DAY, second)));
    const [whole] = await recordsIn(getData(world, tokens, windowPath("egvs", NOW - DAY, second + 1)));
    expect(cut?.["recordId"]).not.toBe(newest?.["recordId"]);
    expect(whole?.["recordId"]).toBe(newest?.["recordId"]);
  });
});

describe("publication", () => {
  it.each([
    ["ada", HOUR],
    ["ben", 3 * HOUR],
  ])("of %s comes %i seconds after the measurement, no sooner and no later", async (user, delay) => {
    const world = createWorld();
    const due = world.simulator.published(user, { from: NOW - delay, to: NOW, asOf: NOW + DAY })[3];
    const at = due?.at ?? 0;
    world.pass(at + delay - NOW - 1);
    const tokens = await connected(world, user);
    const shown = () => recordsIn(getData(world, tokens, windowPath("egvs", at - 1, at + 1)));
    expect(await shown()).toEqual([]);
    world.pass(1);
    expect((await shown()).map(({ recordId }) => recordId)).toEqual([due?.recordId]);
  });

  it("of a receiver comes in bulk, days or weeks at once, and whenever it is plugged in", async () => {
    const world = createWorld();
    const tokens = await connected(world, "cleo");
    const records = world.simulator.published("cleo", { asOf: NOW + 90 * DAY, to: NOW + 60 * DAY });
    const uploads = [...new Set(records.map(({ versions }) => versions[0]?.publishedAt ?? 0))];
    const waits = uploads.slice(1).map((upload, index) => upload - (uploads[index] ?? 0));
    expect(uploads.length).toBeGreaterThan(10);
    expect(Math.max(...waits)).toBeGreaterThan(14 * DAY);
    expect(Math.max(...waits)).toBeLessThan(20 * DAY);

    const recent = () => recordsIn(getData(world, tokens, windowPath("egvs", NOW - 2 * HOUR, NOW)));
    expect(await recent()).toEqual([]);
    world.simulator.upload("cleo");
    expect((await recent()).length).toBeGreaterThan(20);
    expect(world.simulator.published("cleo").map(({ at }) => at)).toEqual(records.map(({ at }) => at).filter((at) => at <= NOW));
  });

  it("of the sandbox's people lies wholly in the past", async () => {
    const world = createWorld();
    const tokens = await connected(world, "SandboxUser7");
    expect(await recordsIn(getData(world, tokens, windowPath("egvs", NOW - 30 * DAY, NOW)))).toEqual([]);
    const body = (await (await getData(world, tokens, "dataRange")).json()) as { egvs: { start: Times; end: Times } };
    expect(body.egvs.start.systemTime).toMatch(/^2023-06-01T/);
    expect(body.egvs.end.systemTime).toMatch(/^2023-08-31T/);
  });
});

interface Times {
  readonly systemTime: string;
  readonly displayTime: string;
}

describe("dataRange", () => {
  const rangeOf = async (world: ReturnType<typeof createWorld>, user: string, query = "") => {
    const answer = await getData(world, await connected(world, user), `dataRange${query}`);
    return (await answer.json()) as { readonly userId: string; readonly egvs: { readonly start: Times; readonly end: Times } | null };
  };

  it.each(["ada", "ben", "cleo", "SandboxUser6"])("of %s tells the first and the last record that is published", async (user) => {
    const world = createWorld();
    const range = await rangeOf(world, user);
    const records = world.simulator.published(user);
    expect(Date.parse(range.egvs?.start.systemTime ?? "") / 1000).toBe(records[0]?.at);
    expect(Date.parse(range.egvs?.end.systemTime ?? "") / 1000).toBe(records.at(-1)?.at);
  });

  it("has no range where there is nothing", async () => {
    expect((await rangeOf(createWorld(), "nora")).egvs).toBeNull();
  });

  it("with a lastSyncTime tells only of what is new or revised since then", async () => {
    const world = createWorld({ faults: { revisions: 0.1, late_arrivals: 0.3 } });
    const since = NOW - 6 * HOUR;
    const range = await rangeOf(world, "ada", `?lastSyncTime=${new Date(since * 1000).toISOString()}`);
    const fresh = world.simulator.published("ada").filter(({ versions }) => versions.some(({ publishedAt }) => publishedAt > since));
    expect(fresh[0]?.at).toBeLessThan(since - 2 * HOUR);
    expect(Date.parse(range.egvs?.start.systemTime ?? "") / 1000).toBe(fresh[0]?.at);
    expect(Date.parse(range.egvs?.end.systemTime ?? "") / 1000).toBe(fresh.at(-1)?.at);
  });

  it("is wrong for a lastSyncTime of more than 100 days ago", async () => {
    const ago = (days: number) => `?lastSyncTime=${new Date((NOW - days * DAY) * 1000).toISOString()}`;
    expect((await rangeOf(createWorld(), "ada", ago(100))).egvs).not.toBeNull();
    expect((await rangeOf(createWorld(), "ada", ago(101))).egvs).toBeNull();
  });

  it("refuses a lastSyncTime without a zone", async () => {
    const world = createWorld();
    expect((await getData(world, await connected(world, "ada"), "dataRange?lastSyncTime=2026-03-01T00:00:00")).status).toBe(400);
  });
});

describe("the other endpoints", () => {
  it.each([
    ["events", "event"],
    ["calibrations", "calibration"],
    ["alerts", "alert"],
  ])("%s answer an empty envelope", async (path, recordType) => {
    const world = createWorld();
    const answer = await getData(world, await connected(world, "ada"), windowPath(path, NOW - DAY, NOW));
    expect(await answer.json()).toMatchObject({ recordType, recordVersion: "3.0", records: [] });
  });

  it("devices tells of the device that showed the newest record", async () => {
    const world = createWorld();
    expect(await recordsIn(getData(world, await connected(world, "ben"), "devices"))).toMatchObject([
      { displayDevice: "android", transmitterGeneration: "g6" },
    ]);
    expect(await recordsIn(getData(world, await connected(world, "nora"), "devices"))).toEqual([]);
  });

  it("know nobody without a token that lives", async () => {
    const world = createWorld();
    const without = await world.simulator.fetch("https://x.test/v3/users/self/devices");
    expect(without.status).toBe(401);
    expect((await getData(world, { access_token: "made up" }, "devices")).status).toBe(401);
  });

  it("know a user under one id per application", async () => {
    const idOf = async (world: ReturnType<typeof createWorld>, user: string) =>
      ((await (await getData(world, await connected(world, user), "dataRange")).json()) as { userId: string }).userId;
    const world = createWorld();
    expect(await idOf(world, "ada")).toBe(await idOf(world, "ada"));
    expect(await idOf(world, "ada")).not.toBe(await idOf(world, "ben"));
  });
});

describe("the people", () => {
  it("wear what they say they wear", async () => {
    const world = createWorld();
    const firstOf = async (user: string, to: number) =>
      (await recordsIn(getData(world, await connected(world, user), windowPath("egvs", to - 30 * DAY, to))))[0];
    expect(await firstOf("ada", NOW)).toMatchObject({ transmitterGeneration: "g7", displayDevice: "iOS", displayApp: "G7" });
    expect(await firstOf("ben", NOW)).toMatchObject({ transmitterGeneration: "g6", displayDevice: "android", displayApp: "G6" });
    expect(await firstOf("cleo", NOW)).toMatchObject({ transmitterGeneration: "g6", displayDevice: "receiver" });
  });

  it("have an offset in their display time, but for receivers", async () => {
    const world = createWorld();
    const displayTimes = async (user: string) =>
      (await recordsIn(getData(world, await connected(world, user), windowPath("egvs", NOW - 30 * DAY, NOW)))).map(({ displayTime }) =>
        String(displayTime),
      );
    for (const text of await displayTimes("ada")) expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    for (const text of await displayTimes("cleo")) expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it("have with a G7 a new transmitter every sensor, with a G6 one for many", async () => {
    const transmitters = async (user: string) => {
      const world = createWorld();
      const records = await recordsIn(getData(world, await connected(world, user), windowPath("egvs", NOW - 30 * DAY, NOW)));
      return new Set(records.map(({ transmitterId }) => transmitterId)).size;
    };
    expect(await transmitters("ada")).toBeGreaterThanOrEqual(3);
    expect(await transmitters("ben")).toBeLessThanOrEqual(2);
  });
});
