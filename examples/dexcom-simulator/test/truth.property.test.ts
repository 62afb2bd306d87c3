import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERYDAY_FAULTS, FAULTS, type FaultName, type PublishedRecord, RECORD_FORMS } from "../src/index.ts";
import { connected, createWorld, getData, NOW_MS, recordsIn, type World, windowPath } from "./support/application.ts";
import { readRecord } from "./support/tolerant-reader.ts";

const NOW = NOW_MS / 1000;
const DAY = 86_400;
const { repeated_records: _, ...WITHOUT_REPEATS } = EVERYDAY_FAULTS;

const user = fc.constantFrom("ada", "ben", "cleo");

async function pageOf(world: World, name: string, from: number, to: number) {
  return recordsIn(getData(world, await connected(world, name), windowPath("egvs", from, to)));
}

/** What a record says at last, as a line to compare. */
function lineOf({ at, versions }: PublishedRecord): string {
  const version = versions.at(-1);
  return version === undefined || version.unreadable !== null ? "none" : `${at} ${version.mgdl} ${version.flag}`;
}

describe("what is published", () => {
  it("stands in the pages and nothing else does, whatever becomes of records and however they are written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), user, fc.integer({ min: 1, max: 8 }), async (seed, name, days) => {
        const world = createWorld({ seed, faults: { ...WITHOUT_REPEATS, unordered: 1 }, rules: { windowEnds: "closed_open" } });
        const read = (await pageOf(world, name, NOW - days * DAY, NOW + DAY)).map((record) => {
          const reading = readRecord(record);
          return reading === null ? "none" : `${reading.at} ${reading.mgdl} ${reading.flag}`;
        });
        expect(read.sort()).toEqual(
          world.simulator
            .published(name, { from: NOW - days * DAY })
            .map(lineOf)
            .sort(),
        );
      }),
      { numRuns: 25 },
    );
  });

  it("only ever gains records and versions as time goes by", async () => {
    const steps = fc.array(fc.integer({ min: 1, max: 5 * DAY }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.property(fc.string(), user, steps, (seed, name, waits) => {
        const world = createWorld({ seed, faults: EVERYDAY_FAULTS });
        let before = world.simulator.published(name, { from: NOW - 10 * DAY });
        for (const wait of waits) {
          world.pass(wait);
          const now = world.simulator.published(name, { from: NOW - 10 * DAY });
          const byId = new Map(now.map((record) => [record.recordId, record]));
          for (const record of before) {
            const later = byId.get(record.recordId);
            expect(later?.at).toBe(record.at);
            expect(later?.versions.slice(0, record.versions.length)).toEqual(record.versions);
          }
          before = now;
        }
      }),
      { numRuns: 10 },
    );
  });

  it("is what was told beforehand for that moment", () => {
    fc.assert(
      fc.property(fc.string(), user, fc.integer({ min: 0, max: 30 * DAY }), (seed, name, wait) => {
        const world = createWorld({ seed, faults: EVERYDAY_FAULTS });
        const span = { from: NOW - 5 * DAY, to: NOW + 5 * DAY };
        const foretold = world.simulator.published(name, { ...span, asOf: NOW + wait });
        world.pass(wait);
        expect(world.simulator.published(name, span)).toEqual(foretold);
      }),
      { numRuns: 20 },
    );
  });

  it("stays as it was, whatever is switched on and off later", () => {
    const fault = fc.constantFrom(...(Object.keys(FAULTS) as FaultName[]));
    const switches = fc.array(fc.tuple(fault, fc.boolean(), fc.integer({ min: 0, max: 2 * DAY })), { maxLength: 12 });
    fc.assert(
      fc.property(fc.string(), switches, (seed, actions) => {
        const world = createWorld({ seed, faults: { revisions: 0.2, late_arrivals: 0.2 } });
        let before = world.simulator.published("ada", { from: NOW - 3 * DAY });
        for (const [name, isOn, wait] of actions) {
          if (isOn) world.simulator.faults.switchOn(name, { share: 1, from: null });
          else world.simulator.faults.switchOff(name);
          world.pass(wait);
          const now = world.simulator.published("ada", { from: NOW - 3 * DAY });
          const byId = new Map(now.map((record) => [record.recordId, record]));
          for (const { recordId, versions } of before) expect(byId.get(recordId)?.versions.slice(0, versions.length)).toEqual(versions);
          before = now;
        }
      }),
      { numRuns: 12 },
    );
  });

  it("has one record per id and instant", () => {
    fc.assert(
      fc.property(fc.string(), user, (seed, name) => {
        const records = createWorld({ seed, faults: EVERYDAY_FAULTS }).simulator.published(name, {
          asOf: NOW + 60 * DAY,
          from: NOW - 30 * DAY,
          to: NOW,
        });
        expect(new Set(records.map(({ recordId }) => recordId)).size).toBe(records.length);
        expect(new Set(records.map(({ at }) => at)).size).toBe(records.length);
      }),
      { numRuns: 10 },
    );
  });
});

describe("chance", () => {
  const answers = async (seed: string) => {
    const world = createWorld({ seed, faults: EVERYDAY_FAULTS });
    const tokens = await connected(world, "ada");
    for (const fault of ["server_errors", "unordered", "cut_pages", "rate_limited"] as const) {
      world.simulator.faults.switchOn(fault, { share: 0.3 });
    }
    const texts: string[] = [];
    for (let count = 0; count < 20; count++) {
      const answer = await getData(world, tokens, windowPath("egvs", NOW - 3 * DAY, NOW - 2 * DAY));
      texts.push(`${answer.status} ${await answer.text()}`);
    }
    return { tokens, texts };
  };

  it("gives the same answers for the same seed and others for another", async () => {
    const first = await answers("one");
    expect(await answers("one")).toEqual(first);
    const second = await answers("two");
    expect(second.tokens).not.toEqual(first.tokens);
    expect(second.texts.filter((text) => first.texts.includes(text) && text.startsWith("200"))).toEqual([]);
    expect(new Set(first.texts.map((text) => text.slice(0, 3))).size).toBeGreaterThan(2);
  });

  it("changes nothing of a reading by the way it is written", async () => {
    const plain = createWorld();
    const odd = createWorld({ faults: Object.fromEntries(Object.keys(RECORD_FORMS).map((form) => [form, 0.5])) });
    expect(odd.simulator.published("ada", { from: NOW - 9 * DAY })).toEqual(plain.simulator.published("ada", { from: NOW - 9 * DAY }));
  });
});
