import fc from "fast-check";
import { ok } from "neverthrow";
import { expect, it } from "vitest";
import { anna, createIngestBench, type IngestBench, measured } from "../../../test/ingest-bench.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Instant } from "../../reading/instant.ts";

const HOUR = 3_600;
const DAY = 86_400;
const HISTORY_DAYS = 20;
const LIES_DAYS = 12;

/** What a vendor says of the past hours: the truth, that it has no range, or that it has nothing at all. */
const word = fc.constantFrom("truth" as const, "no_range" as const, "nothing" as const);
type Word = "truth" | "no_range" | "nothing";

/** Spans of any length, each with its word, from the moment of connecting on. */
const lies = fc.array(fc.record({ word, seconds: fc.integer({ min: 60, max: 4 * DAY }) }), { minLength: 1, maxLength: 12 });

interface Vendor {
  readonly rangesAsked: { readonly at: Instant; readonly word: Word }[];
  readonly word: () => Word;
}

function lyingVendor(bench: IngestBench, said: readonly { readonly word: Word; readonly seconds: number }[]): Vendor {
  const begun = bench.now();
  const wordNow = (): Word => {
    let left = bench.now() - begun;
    for (const { word, seconds } of left < LIES_DAYS * DAY ? said : []) {
      if (left < seconds) return word;
      left -= seconds;
    }
    return "truth";
  };
  const rangesAsked: Vendor["rangesAsked"][number][] = [];
  const { backfill } = bench.world.loaded.provider;
  if (backfill === undefined) throw new Error("no backfill");
  const { availableSpan } = backfill;
  Object.assign(backfill, {
    availableSpan: async (...given: Parameters<typeof availableSpan>) => {
      rangesAsked.push({ at: bench.now(), word: wordNow() });
      tellAll(bench, wordNow());
      return wordNow() === "truth" ? availableSpan(...given) : ok(null);
    },
  });
  return { rangesAsked, word: wordNow };
}

/** Windows are answered in the same way as what there is. */
function tellAll(bench: IngestBench, said: Word): void {
  bench.world.account(anna).situate(said === "nothing" ? "no_data" : "well");
}

/** Lives on hour by hour: the sensor measures where it is worn, the vendor says its word, and now and then somebody else takes the source over. */
async function live(bench: IngestBench, vendor: Vendor, days: number, isWorn: boolean, takesOver: (hour: number) => boolean) {
  const all: Instant[] = [];
  const { record } = await bench.connected();
  for (let hour = 0; hour < days * 24; hour++) {
    tellAll(bench, vendor.word());
    if (isWorn) all.push(...measured(bench, bench.now(), bench.now()));
    if (takesOver(hour)) bench.ingest = bench.another();
    await bench.run(record, HOUR, bench.ingest);
  }
  return all;
}

/** Every so many hours somebody else takes the source over. */
async function runHours(bench: IngestBench, record: SourceRecord, hours: number, every: number): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    if (hour % every === 0) bench.ingest = bench.another();
    await bench.run(record, HOUR, bench.ingest);
  }
}

const RUNGS = [
  { everySeconds: DAY, lookBackSeconds: 7 * DAY },
  { everySeconds: 7 * DAY, lookBackSeconds: 35 * DAY },
];

const benchOf = (backfillSeconds: number | null = null) =>
  createIngestBench({ pollIntervalSeconds: HOUR, backfillSeconds, traits: { maxWindowSeconds: 10 * DAY, rePull: RUNGS } });

it("whenever a vendor says that it has nothing, all of its history is read once it tells the truth, if the sensor is worn", async () => {
  await fc.assert(
    fc.asyncProperty(lies, fc.integer({ min: 2, max: 200 }), async (said, every) => {
      const bench = benchOf();
      const vendor = lyingVendor(bench, said);
      const history = measured(bench, bench.now() - HISTORY_DAYS * DAY, bench.now() - HOUR, 5 * HOUR);
      // A week later at most it is asked again, and what came of that is read within an hour.
      const worn = await live(bench, vendor, LIES_DAYS + 8, true, (hour) => hour % every === 0);
      const view = await bench.view();
      expect([...history, ...worn.slice(0, -2)].filter((at) => !view.has(at))).toEqual([]);
      expect((await bench.record()).backfill).toMatchObject({ finishedAt: expect.any(Number) });
      expect((await bench.record()).backfill).not.toHaveProperty("nothing");
      expect(vendor.rangesAsked.length).toBeLessThanOrEqual(11);
    }),
    { numRuns: 15 },
  );
});

it("a vendor that says nothing else for eight days is believed; an account without any reading is asked for its history five times, and never again", async () => {
  await fc.assert(
    fc.asyncProperty(lies, fc.integer({ min: 2, max: 200 }), async (said, every) => {
      const bench = benchOf();
      const vendor = lyingVendor(bench, said);
      await live(bench, vendor, LIES_DAYS + 8, false, (hour) => hour % every === 0);
      const { rangesAsked } = vendor;
      expect(rangesAsked).toHaveLength(5);
      expect((rangesAsked.at(-1)?.at ?? 0) - (rangesAsked[0]?.at ?? 0)).toBeGreaterThanOrEqual(8 * DAY);
      await bench.run(await bench.record(), 20 * DAY, bench.ingest);
      expect(rangesAsked).toHaveLength(5);
    }),
    { numRuns: 10 },
  );
});

it("a history that the vendor denied until nobody asked for it any more is read all the same, though the sensor is worn no more", async () => {
  await fc.assert(
    fc.asyncProperty(lies, fc.integer({ min: 2, max: 200 }), async (said, every) => {
      const bench = benchOf();
      const vendor = lyingVendor(bench, said);
      const history = measured(bench, bench.now() - HISTORY_DAYS * DAY, bench.now() - 3 * DAY, 5 * HOUR);
      await live(bench, vendor, LIES_DAYS + 8, false, (hour) => hour % every === 0);
      expect([...(await bench.view()).keys()].toSorted((a, b) => a - b)).toEqual(history);
      expect(vendor.rangesAsked.length).toBeLessThanOrEqual(11);
      const { length } = vendor.rangesAsked;
      await bench.run(await bench.record(), 20 * DAY, bench.ingest);
      expect(vendor.rangesAsked).toHaveLength(length);
    }),
    { numRuns: 15 },
  );
});

/** An account that is empty for so long, and the days of readings that a receiver then uploads at once. */
const upload = fc.record({
  emptyDays: fc.integer({ min: 0, max: 40 }),
  newestDaysOld: fc.integer({ min: 0, max: 20 }),
  days: fc.integer({ min: 1, max: 8 }),
});

it("what a receiver uploads to an account that was empty is fetched, however long it was empty and however late that is", async () => {
  const example = (emptyDays: number, newestDaysOld: number) => ({ emptyDays, newestDaysOld, days: 5 });
  await fc.assert(
    fc.asyncProperty(upload, fc.integer({ min: 2, max: 200 }), async ({ emptyDays, newestDaysOld, days }, every) => {
      const bench = benchOf();
      const { record } = await bench.connected();
      await runHours(bench, record, emptyDays * 24, every);
      const newest = bench.now() - newestDaysOld * DAY;
      const uploaded = measured(bench, newest - days * DAY, newest, HOUR);
      await runHours(bench, record, 9 * 24, every);
      const view = await bench.view();
      expect(uploaded.filter((at) => !view.has(at))).toEqual([]);
    }),
    {
      numRuns: 10,
      examples: [
        [example(12, 3), 50],
        [example(12, 20), 50],
        [example(30, 2), 50],
      ],
    },
  );
});

/** How old the newest stored reading is when the person connects anew, and of how many days the vendor claims to have a range then. */
const claim = fc.record({ newestDaysOld: fc.integer({ min: 2, max: 60 }), claimedDays: fc.integer({ min: 1, max: 60 }) });

it("a vendor that claims a range newer than what is stored, and shows nothing of it, is asked for it ever more rarely, and what comes later is fetched", async () => {
  await fc.assert(
    fc.asyncProperty(claim, fc.integer({ min: 2, max: 200 }), async ({ newestDaysOld, claimedDays }, every) => {
      const bench = benchOf();
      const { backfill } = bench.world.loaded.provider;
      if (backfill === undefined) throw new Error("no backfill");
      const { availableSpan } = backfill;
      const stored = measured(bench, bench.now() - DAY, bench.now(), HOUR);
      const { record } = await bench.connected();
      await bench.run(record, HOUR);
      bench.pass(newestDaysOld * DAY);
      let rangesAsked = 0;
      Object.assign(backfill, {
        availableSpan: async () => {
          rangesAsked++;
          return ok({ from: bench.now() - claimedDays * DAY, to: bench.now() });
        },
      });
      await bench.connected();
      bench.ingest = bench.another();
      await runHours(bench, record, 20 * 24, every);
      // At once, after ten minutes, two hours, a day, and then a week each; once only where what was claimed is there.
      const isShownNothing = claimedDays < newestDaysOld;
      expect(rangesAsked).toBe(isShownNothing ? 6 : 1);
      expect([...(await bench.view()).keys()]).toEqual(stored);
      Object.assign(backfill, { availableSpan });
      const from = isShownNothing ? (stored.at(-1) ?? 0) + DAY : bench.now() - 10 * DAY;
      const uploaded = measured(bench, from, from + DAY, HOUR);
      await runHours(bench, record, 8 * 24, every);
      expect([...(await bench.view()).keys()].toSorted((a, b) => a - b)).toEqual([...stored, ...uploaded]);
    }),
    { numRuns: 10, examples: [[{ newestDaysOld: 30, claimedDays: 5 }, 50]] },
  );
});

it("an account that stays empty costs a request for each slot, and for each rung those that its look-back takes", async () => {
  const bench = benchOf();
  const { record } = await bench.connected();
  await bench.run(record, 10 * DAY);
  const { length } = bench.world.asked;
  await bench.run(record, 28 * DAY);
  const partsOfWidest = Math.ceil(35 / 10);
  expect(bench.world.asked.length - length).toBeLessThanOrEqual(28 * 24 + 1 + 4 * (partsOfWidest - 1));
});

it("while nothing is stored the ladder goes no further back than the history was asked for", async () => {
  const bench = benchOf(2 * DAY);
  const { record } = await bench.connected();
  const connectedAt = bench.now();
  await bench.run(record, 30 * DAY);
  expect(Math.min(...bench.world.asked.map(({ from }) => from))).toBe(connectedAt - 2 * DAY);
});
