import fc from "fast-check";
import { ok } from "neverthrow";
import { expect, it } from "vitest";
import { anna, createIngestBench, type IngestBench, measured } from "../../test/ingest-bench.ts";
import type { Instant } from "../reading/instant.ts";

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

const benchOf = () => createIngestBench({ pollIntervalSeconds: HOUR, backfillSeconds: null, traits: { maxWindowSeconds: 10 * DAY } });

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

it("a vendor that says nothing else for eight days is believed; whoever wears no sensor is asked for five times at most, and never again", async () => {
  await fc.assert(
    fc.asyncProperty(lies, fc.boolean(), fc.integer({ min: 2, max: 200 }), async (said, hasHistory, every) => {
      const bench = benchOf();
      const vendor = lyingVendor(bench, said);
      const history = hasHistory ? measured(bench, bench.now() - HISTORY_DAYS * DAY, bench.now() - 3 * DAY, 5 * HOUR) : [];
      await live(bench, vendor, LIES_DAYS + 8, false, (hour) => hour % every === 0);
      const { rangesAsked } = vendor;
      const isKnown = hasHistory && rangesAsked.some((asked) => asked.word === "truth");
      const view = await bench.view();
      expect(history.filter((at) => view.has(at))).toEqual(isKnown ? history : []);
      expect(rangesAsked.length).toBeLessThanOrEqual(5);
      const first = rangesAsked[0]?.at ?? 0;
      if (!isKnown) expect((rangesAsked.at(-1)?.at ?? 0) - first).toBeGreaterThanOrEqual(8 * DAY);
      const { length } = rangesAsked;
      await bench.run(await bench.record(), 20 * DAY, bench.ingest);
      expect(rangesAsked).toHaveLength(length);
    }),
    { numRuns: 15 },
  );
});
