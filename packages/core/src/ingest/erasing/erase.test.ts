import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import { connectSource } from "../../connection/connect.ts";
import { disconnectSource } from "../../connection/disconnect.ts";
import { openSecrets } from "../../connection/secrets.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { ProviderName, UserId } from "../../reading/identifiers.ts";
import { createIngest } from "../ingest.ts";

const HOUR = 3_600;
const DAY = 86_400;
const ben = "ben" as UserId;

/** Two people with readings, credentials and a refused record each. */
async function people(bench: IngestBench): Promise<readonly SourceRecord[]> {
  const sources: SourceRecord[] = [];
  for (const user of [anna, ben]) {
    measured(bench, bench.now() - 3 * HOUR, bench.now(), 300, user);
    bench.world.account(user).garble((bench.now() - 60) as never);
    const { record } = await bench.connected(user);
    await bench.run(record, 1_800);
    sources.push(record);
  }
  return sources;
}

async function left(bench: IngestBench, { userId, sourceId }: SourceRecord) {
  const days = (await bench.logs(userId)).length;
  const secrets = (await openSecrets(bench.connect, { userId, sourceId }, calm))._unsafeUnwrap();
  const aside = (await bench.connections.countSetAside({ userId, sourceId }, calm))._unsafeUnwrap();
  return { days, hasSecrets: secrets !== null, aside };
}

const recordsOf = async (bench: IngestBench) => (await bench.connections.recordsOf(anna, calm))._unsafeUnwrap();

const NOTHING = { days: 0, hasSecrets: false, aside: 0 };
const erasures = (bench: IngestBench) => bench.bus.taken.filter(({ type }) => type === "bg.user.erased.v1");

describe("erasing a person", () => {
  it("ends their source, deletes what it held, tells the bus, and touches nobody else", async () => {
    const bench = createIngestBench();
    const [source, other] = (await people(bench)) as [SourceRecord, SourceRecord];
    const before = await left(bench, other);
    expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("erased");
    expect((await bench.record()).phase).toBe("erased");
    expect(await left(bench, source)).toEqual(NOTHING);
    expect(erasures(bench)).toMatchObject([{ data: { user_id: "anna", sources: [source.sourceId] } }]);
    expect(await left(bench, other)).toEqual(before);
    expect(before).toMatchObject({ hasSecrets: true, aside: 1 });
    expect((await bench.record(ben)).phase).toBe("connected");
  });

  it("of whom nothing is known, or who was erased, answers that", async () => {
    const bench = createIngestBench();
    expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("unknown_user");
    await people(bench);
    await must(bench.ingest.erase(anna, calm));
    expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("unknown_user");
    expect(erasures(bench)).toHaveLength(1);
  });

  it("is repeated until it was done, when its answer was lost on the way", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    bench.storeMode = "mute";
    expect((await bench.ingest.erase(anna, calm)).isErr()).toBe(true);
    bench.storeMode = "there";
    // The tombstone stands; what it left does too.
    await bench.changeRecord({});
    const record = await bench.record();
    if (record.phase !== "erased") (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    else expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("erased");
    expect(await left(bench, source)).toEqual(NOTHING);
  });

  it("after a write whose answer was lost deletes what was left all the same", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const { replaceRecord } = bench.deps.connections;
    Object.assign(bench.deps.connections, {
      replaceRecord: (async (...given) => {
        await must(replaceRecord(...given));
        Object.assign(bench.deps.connections, { replaceRecord });
        bench.storeMode = "away";
        return bench.deps.connections.recordsOf(anna, calm) as never;
      }) satisfies typeof replaceRecord,
    });
    expect((await bench.ingest.erase(anna, calm)).isErr()).toBe(true);
    expect((await bench.record()).phase).toBe("erased");
    bench.storeMode = "there";
    expect(await left(bench, source)).not.toEqual(NOTHING);
    expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("erased");
    expect(await left(bench, source)).toEqual(NOTHING);
    expect(erasures(bench)).toHaveLength(1);
  });

  it("twice at once tells the bus once", async () => {
    const bench = createIngestBench();
    await people(bench);
    await Promise.all([bench.ingest.erase(anna, calm), bench.ingest.erase(anna, calm), bench.ingest.erase(anna, calm)]);
    expect(erasures(bench)).toHaveLength(1);
  });

  it("tells the bus once, whoever tends the source at the same time", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const tended = () => bench.ingest.tend(source, "history", calm);
    await Promise.all([tended(), bench.ingest.erase(anna, calm), tended(), tended()]);
    expect(erasures(bench)).toHaveLength(1);
  });

  it("tells the bus once, whoever connects them anew at the same time and tends that", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const { eraseSource } = bench.deps.readings;
    let tended: Promise<unknown> | undefined;
    Object.assign(bench.deps.readings, {
      eraseSource: (async (...given) => {
        Object.assign(bench.deps.readings, { eraseSource });
        const { record } = await bench.connected();
        tended = bench.ingest.tend(record, "live", calm);
        // What can be done beside the erase is done by then.
        for (let turn = 0; turn < 100; turn++) await Promise.resolve();
        return eraseSource(...given);
      }) satisfies typeof eraseSource as never,
    });
    await must(bench.ingest.erase(anna, calm));
    await tended;
    expect((await bench.record()).ended).toMatchObject([{ sourceId: source.sourceId, isAnnounced: true }]);
    expect(erasures(bench)).toHaveLength(1);
  });

  it("waits for what is being done for the source, so that nothing of it lands afterwards", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    bench.pass(HOUR);
    measured(bench, bench.now() - HOUR, bench.now());
    const [, erased] = await Promise.all([bench.ingest.tend(source, "history", calm), bench.ingest.erase(anna, calm)]);
    expect(erased._unsafeUnwrap()).toBe("erased");
    expect(await left(bench, source)).toEqual(NOTHING);
  });

  it("waits for no provider that hangs", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const fetchPages = () => ({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    });
    const provider = bench.deps.providers.get(source.provider) as LoadedProvider;
    const hanging = { ...provider, provider: { ...provider.provider, poll: { fetchPages } } };
    const owner = createIngest({ ...bench.deps, providers: new Map([[source.provider, hanging]]) });
    bench.pass(HOUR);
    void owner.tend(source, "live", calm);
    const sweeping = owner.erase(anna, calm);
    await expect.poll(async () => (await bench.record()).phase).toBe("erased");
    void sweeping;
  });

  it("sweeps again after an hour and a day what landed since, and is forgotten then", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const [day] = await daysOf(bench, source);
    await must(bench.ingest.erase(anna, calm));
    const landed = { ...day, expectedVersion: 0 } as never;
    for (const seconds of [HOUR + 60, DAY]) {
      (await bench.readings.putDays([landed], calm))._unsafeUnwrap();
      expect((await left(bench, source)).days).toBe(1);
      await bench.run(source, seconds);
      expect((await left(bench, source)).days).toBe(0);
    }
    expect(await recordsOf(bench)).toEqual([]);
    expect((await bench.ingest.tend(source, "history", calm)).liveAtMs).toBeNull();
  });

  it("is told when the bus is back, and of each sweep the same", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    bench.bus.mode = "mute";
    await must(bench.ingest.erase(anna, calm));
    await bench.run(source, 2 * DAY);
    bench.bus.mode = "there";
    await bench.run(source, DAY);
    const ids = new Set(erasures(bench).map(({ id }) => id));
    expect(erasures(bench).length).toBeGreaterThan(ids.size);
    expect(new Set(erasures(bench).map((event) => JSON.stringify(event))).size).toBe(ids.size);
    expect(ids.size).toBe(3);
    expect(await recordsOf(bench)).toEqual([]);
  });

  it("is told minutes after the bus is back, and at each later sweep once more under an id of its own", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    bench.bus.mode = "away";
    await must(bench.ingest.erase(anna, calm));
    bench.bus.mode = "there";
    await bench.run(source, 600);
    expect(erasures(bench)).toHaveLength(1);
    await bench.run(source, 2 * DAY);
    expect(erasures(bench)).toHaveLength(3);
    expect(new Set(erasures(bench).map(({ id }) => id)).size).toBe(3);
  });

  it("costs no work to speak of while the bus stays away", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    bench.bus.mode = "away";
    await must(bench.ingest.erase(anna, calm));
    expect(await bench.run(source, 3 * DAY)).toBeLessThan(3_000);
    expect((await bench.record()).ended).toHaveLength(1);
  });
});

describe("erasing a person while they are being connected", () => {
  it.each(["before the first look", "between the looks"])("elsewhere %s leaves nothing of it alive", async (moment) => {
    const bench = createIngestBench();
    await people(bench);
    const zebra: LoadedProvider = { ...bench.world.loaded, name: "zebra" as ProviderName };
    const connectElsewhere = () => must(connectSource(bench.connect, anna, zebra, bench.world.grantOf("ben"), calm));
    const { recordsOf: read } = bench.deps.connections;
    let looks = 0;
    const connections = {
      ...bench.deps.connections,
      recordsOf: (async (...asked) => {
        const isNow = looks++ === 0;
        if (isNow && moment === "before the first look") await connectElsewhere();
        const found = await read(...asked);
        if (isNow && moment !== "before the first look") await connectElsewhere();
        return found;
      }) as typeof read,
    };
    const erased = await createIngest({ ...bench.deps, connections }).erase(anna, calm);
    expect(erased._unsafeUnwrap()).toBe("erased");
    const records = await recordsOf(bench);
    expect(records.map(({ provider, phase }) => [provider, phase])).toEqual([
      ["world", "erased"],
      ["zebra", "erased"],
    ]);
    for (const record of records) expect(await left(bench, record)).toEqual(NOTHING);
  });
});

describe("somebody who comes back after being erased", () => {
  it("gets a new source and sees nothing of before; the old one is still swept", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const [day] = await daysOf(bench, source);
    await must(bench.ingest.erase(anna, calm));
    const { record } = await bench.connected();
    expect(record.sourceId).not.toBe(source.sourceId);
    expect(record.ended.map(({ sourceId }) => sourceId)).toEqual([source.sourceId]);
    (await bench.readings.putDays([{ ...day, expectedVersion: 0 } as never], calm))._unsafeUnwrap();
    await bench.run(record, HOUR + 900);
    expect(await daysOf(bench, source)).toEqual([]);
    await bench.run(record, DAY);
    expect((await bench.record()).ended).toEqual([]);
    expect((await daysOf(bench, record)).length).toBeGreaterThan(0);
  });

  it("and is erased again, is swept of both", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    await must(bench.ingest.erase(anna, calm));
    const { record } = await bench.connected();
    await bench.run(record, 600);
    expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("erased");
    expect((await bench.record()).ended.map(({ sourceId }) => sourceId)).toEqual([source.sourceId, record.sourceId]);
    expect(await bench.logs()).toEqual([]);
  });
});

it("of two ends of a person each is told, although the bus was away at the first", async () => {
  const bench = createIngestBench();
  const [source] = (await people(bench)) as [SourceRecord];
  bench.bus.mode = "away";
  await must(bench.ingest.erase(anna, calm));
  bench.bus.mode = "there";
  bench.pass(HOUR + 60);
  const { record } = await bench.connected();
  await must(bench.ingest.erase(anna, calm));
  await bench.run(record, HOUR);
  expect(
    erasures(bench)
      .flatMap(({ data }) => ("sources" in data ? data.sources : []))
      .toSorted(),
  ).toEqual([source.sourceId, record.sourceId].toSorted());
});

describe("another owner of an erased source", () => {
  it("lets it go within the hour, so that the last sweep leaves nothing", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const other = bench.another();
    await bench.run(source, 600, other);
    await must(bench.ingest.erase(anna, calm));
    for (let hour = 0; hour < 30; hour++) {
      measured(bench, bench.now() + 1, bench.now() + HOUR);
      await bench.run(source, HOUR, other);
    }
    expect(other.remembered(source.sourceId)).toBeNull();
    expect(await left(bench, source)).toEqual(NOTHING);
    expect(await recordsOf(bench)).toEqual([]);
  });

  it("may tell the bus of readings meanwhile, which hears of the end once more then, as of something that it has not heard yet", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const other = bench.another();
    await bench.run(source, 600, other);
    await must(bench.ingest.erase(anna, calm));
    const before = bench.bus.taken.length;
    measured(bench, bench.now() + 1, bench.now() + HOUR);
    await bench.run(source, 1_800, other);
    const toldSince = () => bench.bus.taken.slice(before).filter(({ data }) => data.user_id === anna);
    expect(toldSince().map(({ type }) => type)).toContain("bg.readings.recorded.v1");
    await bench.run(source, HOUR);
    expect(toldSince().at(-1)).toMatchObject({ type: "bg.user.erased.v1", data: { sources: [source.sourceId] } });
    expect(new Set(erasures(bench).map(({ id }) => id)).size).toBe(2);
    await bench.run(source, 2 * DAY);
    expect(erasures(bench)).toHaveLength(3);
  });

  it("may tell the bus of readings meanwhile, which hears of the end after them although the sweep that deleted them was not noted", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const other = bench.another();
    await bench.run(source, 600, other);
    await must(bench.ingest.erase(anna, calm));
    measured(bench, bench.now() + 1, bench.now() + HOUR);
    await bench.run(source, 1_800, other);
    bench.pass(HOUR);
    const { replaceRecord } = bench.deps.connections;
    Object.assign(bench.deps.connections, { replaceRecord: async () => err({ kind: "retry", message: "away" }) });
    bench.bus.mode = "away";
    await bench.ingest.tend(source, "live", calm);
    Object.assign(bench.deps.connections, { replaceRecord });
    bench.bus.mode = "there";
    expect(await left(bench, source)).toEqual(NOTHING);
    expect(bench.bus.taken.at(-1)?.type).toBe("bg.readings.recorded.v1");
    const ids = erasures(bench).map(({ id }) => id);
    await bench.run(source, 600);
    expect(bench.bus.taken.at(-1)).toMatchObject({ type: "bg.user.erased.v1", data: { sources: [source.sourceId] } });
    expect(ids).not.toContain(bench.bus.taken.at(-1)?.id);
  });

  it("is not kept busy by it, even in the middle of its history", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 3 * HOUR, bench.now());
    const { record } = await bench.connected();
    const other = bench.another();
    await other.tend(record, "history", calm);
    await must(bench.ingest.erase(anna, calm));
    expect(await bench.run(record, HOUR, other)).toBeLessThan(10);
  });

  it("brings nobody back by a health note, a backfill or a raise", async () => {
    const bench = createIngestBench();
    const [source] = (await people(bench)) as [SourceRecord];
    const other = bench.another();
    await bench.run(source, 600, other);
    await must(bench.ingest.erase(anna, calm));
    bench.world.account(anna).situate("rate_limited");
    await bench.run(source, HOUR, other);
    expect((await bench.record()).phase).toBe("erased");
    expect(other.remembered(source.sourceId)).toBeNull();
  });
});

it("a disconnected person is erased as well", async () => {
  const bench = createIngestBench();
  const [source] = (await people(bench)) as [SourceRecord];
  await must(disconnectSource(bench.connections, anna, source.provider, bench.now(), calm));
  expect((await bench.ingest.erase(anna, calm))._unsafeUnwrap()).toBe("erased");
  expect(await left(bench, source)).toEqual(NOTHING);
});

async function daysOf(bench: IngestBench, { userId, sourceId }: SourceRecord) {
  const days = [];
  const everything = { first: 0, last: 100_000 } as never;
  for await (const day of bench.readings.days(userId, everything, { order: "ascending", consistency: "strong" }, calm)) {
    if (day._unsafeUnwrap().sourceId === sourceId) days.push(day._unsafeUnwrap());
  }
  return days;
}
