import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../test/ingest-bench.ts";
import type { ReadingStore } from "../ports/reading-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import { dayOf, type Instant } from "../reading/instant.ts";
import { overviewOf } from "./overview.ts";

const HOUR = 3_600;
const DAY = 86_400;

/** What a person is told of the one source, and how many days were read for it. */
async function shown(bench: IngestBench, isTendedHere = true) {
  const { connections, providers } = bench.deps;
  let daysRead = 0;
  const readings: ReadingStore = {
    ...bench.readings,
    async *days(...asked) {
      for await (const day of bench.readings.days(...asked)) {
        daysRead++;
        yield day;
      }
    },
  };
  const knownNow = isTendedHere ? { knownNow: bench.ingest.remembered } : {};
  const [first] = await must(
    overviewOf({ readings, connections, providers, pollIntervalSeconds: 300, ...knownNow }, anna, bench.now(), calm),
  );
  if (first === undefined) throw new Error("nothing is shown");
  return { ...first, daysRead };
}

const connectedAndRead = async (bench: IngestBench): Promise<SourceRecord> => {
  const { record } = await bench.connected();
  await bench.run(record, 2 * HOUR);
  return record;
};

describe("the newest reading", () => {
  it("is told however long ago it was, also when openFrom has followed it, and at the price of one day", async () => {
    const bench = createIngestBench({ backfillSeconds: null, traits: { historySeconds: 5_000 * DAY } });
    const instants = measured(bench, bench.now() - 903 * DAY, bench.now() - 900 * DAY);
    const newest = instants.at(-1) as Instant;
    const { record } = await bench.connected();
    await bench.run(record, 1_800);
    expect((await bench.record()).openFrom.day).toBeLessThan(dayOf(newest) - 1);
    expect(await shown(bench)).toMatchObject({ newest, daysRead: 1 });
    await bench.run(record, 3 * DAY);
    expect((await bench.record()).openFrom.day).toBe(dayOf(newest) - 1);
    expect(await shown(bench)).toMatchObject({ newest, daysRead: 1 });
  });
});

describe("the last success", () => {
  it("is the last good answer, though it held nothing new and was not written down", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 6 * HOUR, bench.now());
    const source = await connectedAndRead(bench);
    const { version } = await bench.record();
    const before = (await shown(bench)).lastSuccessAt as Instant;
    await bench.run(source, 900);
    expect((await shown(bench)).lastSuccessAt).toBeGreaterThan(before);
    expect((await bench.record()).version).toBe(version);
  });

  it("does not go on while the provider refuses", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 6 * HOUR, bench.now());
    const source = await connectedAndRead(bench);
    const before = (await shown(bench)).lastSuccessAt;
    bench.world.account(anna).situate("rate_limited");
    await bench.run(source, HOUR);
    expect((await shown(bench)).lastSuccessAt).toBe(before);
  });

  it("is none from before the source was connected anew", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 6 * HOUR, bench.now());
    const source = await connectedAndRead(bench);
    bench.pass(HOUR);
    await bench.connected();
    bench.ingest.forget(source.sourceId);
    expect((await shown(bench)).lastSuccessAt).toBeNull();
    await bench.run(source, 300);
    expect((await shown(bench)).lastSuccessAt).toBeGreaterThanOrEqual((await bench.record()).phaseSince);
  });

  it("is when something was last stored, where another process tends the source", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 6 * HOUR, bench.now());
    const source = await connectedAndRead(bench);
    const latest = measured(bench, bench.now(), bench.now()).at(-1);
    await bench.run(source, 400);
    const { lastSuccessAt, newest } = await shown(bench, false);
    expect(newest).toBe(latest);
    expect(lastSuccessAt).toBeGreaterThanOrEqual(latest as Instant);
    expect(lastSuccessAt).toBeLessThanOrEqual(bench.now());
  });
});
