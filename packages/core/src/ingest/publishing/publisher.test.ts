import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import { append } from "../../day/append.ts";
import { encodeDay } from "../../day/codec/day-codec.ts";
import { type DayLog, emptyDay, versionOf } from "../../day/day-log.ts";
import type { BgEvent } from "../../event/event.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { Mgdl } from "../../reading/glucose.ts";
import type { ProviderName, SourceId, UserId } from "../../reading/identifiers.ts";
import { addSeconds, type Day, type Instant, startOf } from "../../reading/instant.ts";
import { createPublisher, type Publisher } from "./publisher.ts";

const TODAY = 20_201 as Day;
const source = { userId: anna, provider: "world" as ProviderName, sourceId: "source0000001" as SourceId };

/** The day with one more commit, stored. */
async function grown(bench: IngestBench, before: DayLog, of = source): Promise<DayLog> {
  const at = addSeconds(startOf(before.day), 300 * (versionOf(before) + 1));
  const reading = { at, mgdl: 100 as Mgdl, rangeFlag: null, unit: "mg/dL", trend: "unknown", trendWord: null, trendRate: null } as const;
  const log = append(before, {
    readings: [{ ...reading, utcOffsetMinutes: null, device: null }],
    askedAt: at,
    receivedAt: at,
    isBackfill: false,
    newestBefore: null,
  });
  const put = { ...of, day: log.day, version: versionOf(log), expectedVersion: versionOf(before), bytes: encodeDay(log) };
  expect((await bench.readings.putDays([put], calm))._unsafeUnwrap()).toEqual([{ kind: "written" }]);
  return log;
}

const versions = (bench: IngestBench) =>
  bench.recorded().map(({ data }) => `${data.source.slice(-1)}/${data.day.slice(-2)}/${data.version}`);

/** A bus whose answers come when they are told to. */
function slowBus(): EventBus & {
  readonly batches: { readonly events: readonly BgEvent[]; readonly answer: (isTaken: boolean) => void }[];
} {
  const batches: { readonly events: readonly BgEvent[]; readonly answer: (isTaken: boolean) => void }[] = [];
  return {
    batches,
    publish: (events) =>
      new Promise((resolve) => {
        batches.push({ events, answer: (isTaken) => resolve(isTaken ? ok(undefined) : err({ kind: "retry", message: "away" })) });
      }),
  };
}

/** A bus that refuses, for good, whatever holds something of these sources. */
function choosyBus(taken: BgEvent[]) {
  const refused = new Set<string>();
  const offered: string[][] = [];
  const bus: EventBus = {
    async publish(events) {
      const sources = events.flatMap(({ data }) => ("source" in data ? [data.source] : []));
      offered.push(sources);
      if (sources.some((each) => refused.has(each))) return err({ kind: "stop", message: "The message is too large." });
      taken.push(...events);
      return ok(undefined);
    },
  };
  return { bus, refused, offered };
}

describe("what the bus refuses of one source", () => {
  const others = [1, 2, 3].map((n) => ({ ...source, sourceId: `source000000${n}` as SourceId }));
  const [one, bad] = others as [typeof source, typeof source];

  it("holds up nobody else, and is told whole once the bus takes it", async () => {
    const bench = createIngestBench();
    const { bus, refused, offered } = choosyBus(bench.bus.taken as BgEvent[]);
    const publisher = createPublisher({ ...bench.deps, bus });
    refused.add(bad.sourceId);
    const logs = new Map<SourceId, DayLog>();
    const grow = async (of: typeof source) => {
      const log = await grown(bench, logs.get(of.sourceId) ?? emptyDay(TODAY), of);
      logs.set(of.sourceId, log);
      await publisher.publish(of, [log], calm);
    };
    await grow(bad);
    for (const each of others) await grow(each);
    bench.pass(2);
    await must(publisher.drain(calm));
    expect(versions(bench)).toEqual(["1/23/1", "3/23/1"]);
    expect(bench.logged.filter(({ level }) => level === "error")).toMatchObject([{ fields: { source: bad.sourceId } }]);
    const before = offered.length;
    await grow(bad);
    await grow(one);
    await must(publisher.drain(calm));
    expect(versions(bench)).toEqual(["1/23/1", "3/23/1", "1/23/2"]);
    expect(offered.slice(before)).toEqual([[one.sourceId]]);
    expect(publisher.isWaiting(bad.sourceId)).toBe(true);
    refused.clear();
    bench.pass(3_600);
    await must(publisher.drain(calm));
    expect(versions(bench)).toEqual(["1/23/1", "3/23/1", "1/23/2", "2/23/1", "2/23/2", "2/23/3"]);
    expect([publisher.waitingDays(), publisher.isWaiting(bad.sourceId)]).toEqual([0, false]);
  });

  it("and of everybody is a bus that is away: all wait for it alike, and it is not asked over and over", async () => {
    const bench = createIngestBench();
    const { bus, refused, offered } = choosyBus(bench.bus.taken as BgEvent[]);
    const publisher = createPublisher({ ...bench.deps, bus });
    for (const each of others) {
      refused.add(each.sourceId);
      await publisher.publish(each, [await grown(bench, emptyDay(TODAY), each)], calm);
    }
    for (let second = 0; second < 600; second++) {
      bench.pass(1);
      await must(publisher.drain(calm));
    }
    expect(offered.length).toBeLessThan(150);
    refused.clear();
    bench.pass(30);
    await must(publisher.drain(calm));
    expect(versions(bench).toSorted()).toEqual(["1/23/1", "2/23/1", "3/23/1"]);
  });
});

describe("what waits for the bus", () => {
  it("is published in order within each day when the bus is back, and once", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    bench.bus.mode = "away";
    let log = emptyDay(TODAY);
    for (let n = 0; n < 5; n++) {
      log = await grown(bench, log);
      await publisher.publish(source, [log], calm);
    }
    expect([publisher.waitingDays(), bench.bus.taken.length]).toEqual([1, 0]);
    bench.bus.mode = "there";
    bench.pass(60);
    await must(publisher.drain(calm));
    expect(versions(bench)).toEqual(["1/23/1", "1/23/2", "1/23/3", "1/23/4", "1/23/5"]);
    expect([publisher.waitingDays(), publisher.isWaiting(source.sourceId)]).toEqual([0, false]);
    await publisher.publish(source, [log], calm);
    expect(bench.bus.taken.length).toBe(5);
  });

  it("whoever publishes a day publishes all of it that is open, after a batch that was half taken too", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    bench.bus.mode = "halfway";
    const first = await grown(bench, emptyDay(TODAY));
    const second = await grown(bench, first);
    await publisher.publish(source, [second], calm);
    expect(versions(bench)).toEqual(["1/23/1"]);
    bench.bus.mode = "there";
    bench.pass(60);
    await publisher.publish(source, [await grown(bench, second)], calm);
    expect(versions(bench)).toEqual(["1/23/1", "1/23/1", "1/23/2", "1/23/3"]);
  });

  it("a commit that was stored while an earlier one was on its way still waits when that one has arrived", async () => {
    const bus = slowBus();
    const bench = createIngestBench();
    const publisher = createPublisher({ ...bench.deps, bus });
    const first = await grown(bench, emptyDay(TODAY));
    const earlier = publisher.publish(source, [first], calm);
    const second = await grown(bench, first);
    const later = publisher.publish(source, [second], calm);
    bus.batches[1]?.answer(false);
    await later;
    bus.batches[0]?.answer(true);
    await earlier;
    expect(publisher.waitingDays()).toBe(1);
    bench.pass(60);
    const draining = publisher.drain(calm);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(bus.batches[2]?.events.map(({ id }) => id)).toEqual(["source0000001/2025-04-23/2"]);
    bus.batches[2]?.answer(true);
    await must(draining);
    expect(publisher.waitingDays()).toBe(0);
  });

  it("a day whose write may have happened is looked at, and forgotten if it did not", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    publisher.lookAt(source, TODAY);
    publisher.lookAt(source, (TODAY - 1) as Day);
    await grown(bench, emptyDay(TODAY));
    await must(publisher.drain(calm));
    expect(versions(bench)).toEqual(["1/23/1"]);
    expect(publisher.waitingDays()).toBe(0);
  });

  it("stays where it is while the store cannot be read", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    publisher.lookAt(source, TODAY);
    bench.storeMode = "away";
    expect((await publisher.drain(calm)).isErr()).toBe(true);
    expect(publisher.waitingDays()).toBe(1);
  });

  it("of many people and days is published to the last", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    for (let n = 0; n < 100; n++) {
      const of = { ...source, userId: `user${n}` as UserId, sourceId: `source${String(n).padStart(7, "0")}` as SourceId };
      for (const day of [TODAY, TODAY - 1, TODAY - 2]) {
        await grown(bench, emptyDay(day as Day), of);
        publisher.lookAt(of, day as Day);
      }
    }
    await must(publisher.drain(calm));
    expect(new Set(bench.recorded().map(({ id }) => id)).size).toBe(300);
    expect(publisher.waitingDays()).toBe(0);
    for (const events of Map.groupBy(bench.recorded(), ({ data }) => data.source).values()) {
      expect(events.map(({ data }) => data.day)).toEqual(events.map(({ data }) => data.day).toSorted());
    }
  });

  it("of an erased source is dropped", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    publisher.lookAt(source, TODAY);
    publisher.endSource(source.sourceId);
    expect(publisher.waitingDays()).toBe(0);
  });
});

describe("what is known to be published", () => {
  it("is the most that the stored hint or an own confirmation says", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    const known = (hint: number) => publisher.publishedOf(source.sourceId, TODAY, hint);
    expect([known(0), known(7)]).toEqual([0, 7]);
    await publisher.publish(source, [await grown(bench, await grown(bench, emptyDay(TODAY)))], calm);
    expect([known(0), known(7)]).toEqual([2, 7]);
    publisher.forgetBefore(source.sourceId, TODAY);
    expect(known(0)).toBe(2);
    publisher.forgetBefore(source.sourceId, (TODAY + 1) as Day);
    expect(known(0)).toBe(0);
  });

  it("is not what the bus failed to confirm", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    bench.bus.mode = "mute";
    await publisher.publish(source, [await grown(bench, emptyDay(TODAY))], calm);
    expect(publisher.publishedOf(source.sourceId, TODAY, 0)).toBe(0);
  });
});

describe("while the bus is away", () => {
  async function offers(publisher: Publisher, bench: IngestBench, seconds: number): Promise<number[]> {
    const at: number[] = [];
    let log = emptyDay(TODAY);
    for (let second = 0; second < seconds; second++) {
      const before = bench.bus.offered;
      log = await grown(bench, log);
      await Promise.all([publisher.publish(source, [log], calm), publisher.drain(calm), publisher.announce([], calm)]);
      if (bench.bus.offered > before) at.push(second);
      expect(bench.bus.offered - before).toBeLessThanOrEqual(1);
      bench.pass(1);
    }
    return at;
  }

  it("one probe at a time goes out, after a second at first, every thirty at last", async () => {
    const bench = createIngestBench();
    bench.bus.mode = "away";
    const at = await offers(createPublisher(bench.deps), bench, 150);
    expect(at).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
  });

  it("it is said once, and once that it is back", async () => {
    const bench = createIngestBench();
    const publisher = createPublisher(bench.deps);
    bench.bus.mode = "away";
    await offers(publisher, bench, 40);
    bench.bus.mode = "there";
    bench.pass(31);
    await must(publisher.drain(calm));
    expect(bench.logged.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  it("however many were publishing when it went, it is tried again after a second", async () => {
    const bus = slowBus();
    const bench = createIngestBench();
    const publisher = createPublisher({ ...bench.deps, bus });
    const log = await grown(bench, emptyDay(TODAY));
    const publishing = Array.from({ length: 20 }, () => publisher.publish(source, [log], calm));
    for (const batch of bus.batches) batch.answer(false);
    await Promise.all(publishing);
    bench.pass(1);
    void publisher.publish(source, [log], calm);
    expect(bus.batches).toHaveLength(21);
    bench.pass(29);
    void publisher.publish(source, [log], calm);
    expect(bus.batches).toHaveLength(21);
    bench.pass(1);
    void publisher.publish(source, [log], calm);
    expect(bus.batches).toHaveLength(22);
  });
});

describe("ingest over a bus that comes and goes", () => {
  it("stores as before, and tells everything in the end, whatever is forgotten of the source meanwhile", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    for (let n = 0; n < 40; n++) {
      bench.bus.mode = (["there", "away", "mute", "halfway", "away"] as const)[n % 5] ?? "there";
      measured(bench, bench.now(), bench.now());
      await bench.run(record, 300);
      if (n % 7 === 0) bench.ingest.forget(record.sourceId);
    }
    expect((await bench.view()).size).toBe(40);
    bench.bus.mode = "there";
    bench.pass(60);
    await must(bench.ingest.drain(calm));
    expect(Number(bench.ingest.isWaiting())).toBe(0);
    const told = bench.recorded().flatMap(({ data }) => data.readings.map(({ timestamp }) => (Date.parse(timestamp) / 1000) as Instant));
    expect(new Set(told)).toEqual(new Set((await bench.view()).keys()));
  });

  it("how a source is now is told when the bus is back, though the source was forgotten; what was in between is not", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 600);
    const before = bench.bus.taken.length;
    bench.bus.mode = "away";
    await bench.ingest.tellState({ ...record, phase: "disconnected", version: record.version + 1 }, calm);
    bench.ingest.forget(record.sourceId);
    await bench.ingest.tellState({ ...record, version: record.version + 2 }, calm);
    await bench.ingest.tellState({ ...record, phase: "disconnected", version: record.version + 1 }, calm);
    expect(bench.ingest.isWaiting()).toBe(true);
    bench.bus.mode = "there";
    bench.pass(60);
    await must(bench.ingest.drain(calm));
    expect(bench.bus.taken.slice(before).map(({ id }) => id)).toEqual([`${record.sourceId}/connection/${record.version + 2}`]);
    expect(bench.ingest.isWaiting()).toBe(false);
  });

  it("a state that was not told before its owner died is told by the next, and never of somebody who was erased", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    bench.bus.mode = "away";
    await bench.ingest.tellState(record, calm);
    bench.bus.mode = "there";
    const next = bench.another();
    await next.tend(record, "live", calm);
    const told = () => bench.bus.taken.filter(({ type }) => type === "bg.connection.changed.v1").map(({ id }) => id);
    expect(told()).toEqual([`${record.sourceId}/connection/${record.version}`]);
    await must(next.erase(anna, calm));
    await next.tellState({ ...record, version: record.version + 5 }, calm);
    expect(told()).toHaveLength(1);
  });

  it("a source that is disconnected while the bus is away is told of all the same", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    bench.bus.mode = "away";
    measured(bench, bench.now() - 600, bench.now());
    await bench.run(record, 600);
    await bench.changeRecord({ phase: "disconnected" });
    bench.ingest.forget(record.sourceId);
    bench.bus.mode = "there";
    bench.pass(60);
    await must(bench.ingest.drain(calm));
    expect(bench.recorded().flatMap(({ data }) => data.readings)).toHaveLength(3);
  });

  it("a page of which one day was stored and the other was not is told of as far as it was stored", async () => {
    const bench = createIngestBench({ startMs: Date.UTC(2025, 3, 23, 1) });
    const { record } = await bench.connected();
    await bench.run(record, 600);
    const { getDays, putDays } = bench.deps.readings;
    const around = measured(bench, bench.now() - 7_200, bench.now());
    let puts = 0;
    Object.assign(bench.deps.readings, {
      putDays: (async (given, call) => {
        if (puts++ > 0) return putDays(given, call);
        const outcomes = (await putDays(given.slice(0, 1), call))._unsafeUnwrap();
        return ok([...outcomes, { kind: "conflict", current: null }]);
      }) satisfies typeof putDays,
      getDays: (async (keys, call) =>
        puts === 1 ? err({ kind: "retry", message: "away" }) : getDays(keys, call)) satisfies typeof getDays,
    });
    await must(bench.ingest.wantPoll(record, calm));
    await bench.ingest.tend(record, "history", calm);
    expect(puts).toBe(1);
    Object.assign(bench.deps.readings, { getDays, putDays });
    await must(bench.ingest.drain(calm));
    const told = bench.recorded().flatMap(({ data }) => data.readings);
    expect(told).toHaveLength((await bench.view()).size);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(around.length);
  });
});
