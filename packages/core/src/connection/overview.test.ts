import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../test/ingest-bench.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { ReadingStore } from "../ports/reading-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { ProviderName } from "../reading/identifiers.ts";
import { type Day, dayOf, type Instant } from "../reading/instant.ts";
import { worldBody } from "../testing/world/world-webhook.ts";
import { connectSource } from "./connect.ts";
import { disconnectSource } from "./disconnect.ts";
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
  const all = await must(overviewOf({ readings, connections, providers, pollIntervalSeconds: 300, ...knownNow }, anna, bench.now(), calm));
  const [first] = all;
  if (first === undefined) throw new Error("nothing is shown");
  return { ...first, daysRead, all };
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

describe("of a person with a connection that fills every day, and another", () => {
  async function withAnother() {
    const bench = createIngestBench({ backfillSeconds: null, traits: { historySeconds: 5_000 * DAY } });
    const other = { ...bench.world.loaded, name: "zebra" as ProviderName };
    (bench.deps.providers as Map<ProviderName, LoadedProvider>).set(other.name, other);
    const { record } = await must(connectSource(bench.connect, anna, other, bench.world.grantOf("ben"), calm));
    bench.pass(200 * DAY);
    measured(bench, bench.now() - 190 * DAY, bench.now(), DAY / 2);
    return { bench, other: record, full: await connectedAndRead(bench) };
  }

  const another = async (bench: IngestBench) => {
    const { connections, providers, readings } = bench.deps;
    const all = await must(overviewOf({ readings, connections, providers, pollIntervalSeconds: 300 }, anna, bench.now(), calm));
    return all.find(({ record }) => record.provider === "zebra");
  };

  it("that never had a reading, no more than the past days are read", async () => {
    const { bench } = await withAnother();
    expect((await shown(bench)).daysRead).toBeLessThanOrEqual(8);
    expect((await another(bench))?.newest).toBeNull();
  });

  it("the first reading of that one is told, at once and though nobody has tended it for long", async () => {
    const { bench, other, full } = await withAnother();
    const signedAt = bench.now();
    const [newest] = measured(bench, signedAt, signedAt, 300, "ben");
    const { truth } = bench.world.account("ben");
    const body = worldBody("ben", truth.asOf(signedAt, { from: signedAt, to: (signedAt + 1) as Instant }));
    await bench.ingest.work({ ...other, id: "one", signedAt, body }, calm);
    expect(await another(bench)).toMatchObject({ newest });
    bench.pass(30 * DAY);
    measured(bench, bench.now() - 2 * DAY, bench.now(), DAY / 2);
    bench.ingest.forget(full.sourceId);
    await bench.run(full, DAY);
    expect((await bench.record()).openFrom.day).toBeGreaterThan(dayOf(signedAt) + 7);
    expect(await another(bench)).toMatchObject({ newest });
  });
});

describe("of a person with a connection that fills every day, and one that fell silent long ago", () => {
  const SILENT_DAYS = 200;

  interface Left {
    readonly bench: IngestBench;
    readonly silent: SourceRecord;
    readonly newest: Instant;
  }

  /** Ben's readings came for some days, and then Anna's every day. `rest`: what happened to him in between. */
  async function left(rest: (left: Left) => Promise<unknown>, holeDays = 0): Promise<Left> {
    const bench = createIngestBench({ pollIntervalSeconds: 3 * HOUR, backfillSeconds: DAY });
    const other = { ...bench.world.loaded, name: "zebra" as ProviderName };
    (bench.deps.providers as Map<ProviderName, LoadedProvider>).set(other.name, other);
    const hole = bench.now() + 2 * DAY;
    measured(bench, bench.now() - DAY, hole, HOUR, "ben");
    const newest = measured(bench, hole + holeDays * DAY, bench.now() + 20 * DAY, HOUR, "ben").at(-1) as Instant;
    const { record } = await must(connectSource(bench.connect, anna, other, bench.world.grantOf("ben"), calm));
    const all = { bench, silent: record, newest };
    await rest(all);
    bench.pass(SILENT_DAYS * DAY);
    measured(bench, bench.now() - (SILENT_DAYS - 5) * DAY, bench.now(), DAY / 2);
    await must(connectSource({ ...bench.connect, backfillSeconds: null }, anna, bench.world.loaded, bench.world.grantOf(anna), calm));
    await bench.run(await bench.record(), 2 * HOUR);
    return all;
  }

  async function told({ bench, newest }: Left): Promise<number> {
    const { daysRead, all } = await shown(bench, false);
    expect(all.find(({ record }) => record.provider === "zebra")).toMatchObject({ newest });
    return daysRead;
  }

  const lived = ({ bench, silent }: Left) => bench.run(silent, 24 * DAY);

  it.each<readonly [string, (left: Left) => Promise<unknown>]>([
    ["is asked all the same", lived],
    [
      "was disconnected",
      async (all) => {
        await lived(all);
        const { connections, now } = all.bench;
        await must(disconnectSource(connections, anna, all.silent.provider, now(), calm));
        await all.bench.run(all.silent, DAY);
      },
    ],
  ])("the last reading of the one that %s is told without reading the days of the other", async (_, rest) => {
    expect(await told(await left(rest))).toBeLessThanOrEqual(8);
  });

  it.each<readonly [string, number, (left: Left) => Promise<unknown>]>([
    [
      "nobody took to the bus",
      0,
      async (all) => {
        await all.bench.run(all.silent, 10 * DAY);
        all.bench.bus.mode = "away";
        await all.bench.run(all.silent, 14 * DAY);
        all.bench.bus.mode = "there";
      },
    ],
    [
      "came after days without any while its history was still being read",
      10,
      async (all) => {
        await lived(all);
        const record = await zebraOf(all.bench);
        const day = (dayOf((all.newest - 18 * DAY) as Instant) - 1) as Day;
        const backfill = { startedAt: all.bench.now(), finishedAt: null, notBefore: null, span: null };
        const next = { ...record, openFrom: { day, loweredAt: null }, backfill, version: record.version + 1 };
        await must(all.bench.connections.replaceRecord(next, record.version, calm));
      },
    ],
  ])("so is one that %s, though openFrom has stayed behind", async (_, holeDays, rest) => {
    const all = await left(rest, holeDays);
    expect((await zebraOf(all.bench)).openFrom.day).toBeLessThan(dayOf(all.newest) - 1);
    await told(all);
  });

  async function zebraOf({ connections }: IngestBench): Promise<SourceRecord> {
    const records = await must(connections.recordsOf(anna, calm));
    return records.find(({ provider }) => provider === "zebra") as SourceRecord;
  }
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
