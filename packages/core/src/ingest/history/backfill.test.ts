import { ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured } from "../../../test/ingest-bench.ts";
import type { CheckpointName } from "../../ports/checkpoint.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Delivery } from "../../ports/work-queue.ts";
import { dayOf, type Instant, SECONDS_PER_DAY, startOf } from "../../reading/instant.ts";
import { worldBody } from "../../testing/world/world-webhook.ts";
import { nextWindow } from "./backfill.ts";

const HOUR = 3_600;
const DAY = 86_400;

const missingFrom = async (bench: IngestBench, instants: readonly Instant[]) => {
  const view = await bench.view();
  return instants.filter((at) => !view.has(at));
};

/** When the vendor was asked what it has. While the lie is told it says that it has nothing. */
function rangesAsked(bench: IngestBench, lie = { isTold: false }): Instant[] {
  const asked: Instant[] = [];
  const { backfill } = bench.world.loaded.provider;
  if (backfill === undefined) throw new Error("no backfill");
  const { availableSpan } = backfill;
  Object.assign(backfill, {
    availableSpan: async (...given: Parameters<typeof availableSpan>) => {
      asked.push(bench.now());
      return lie.isTold ? ok(null) : availableSpan(...given);
    },
  });
  return asked;
}

function deliveryOf(bench: IngestBench, { userId, sourceId, provider }: SourceRecord, instants: readonly Instant[]): Delivery {
  const shown = instants.flatMap((at) => bench.world.account(anna).truth.asOf(bench.now(), { from: at, to: (at + 1) as Instant }));
  return { id: "one", userId, sourceId, provider, signedAt: bench.now(), body: worldBody(anna, shown) };
}

describe("the windows of a backfill", () => {
  it.each([DAY / 2, DAY, 3 * DAY, 30 * DAY, 7 * HOUR])(
    "of at most %i s join up, newest first, and start with a day where a day fits",
    (most) => {
      const span = { from: (startOf(dayOf(1_745_000_000 as Instant)) - 40 * DAY) as Instant, to: 1_745_012_345 as Instant };
      let doneFrom: Instant = span.to;
      for (let n = 0; doneFrom > span.from; n++) {
        const window = nextWindow({ ...span, doneFrom }, most);
        expect(window.to).toBe(doneFrom);
        expect(window.from).toBeLessThan(window.to);
        expect(window.to - window.from).toBeLessThanOrEqual(most);
        if (most >= DAY && window.from > span.from) expect(window.from % SECONDS_PER_DAY).toBe(0);
        doneFrom = window.from;
        expect(n).toBeLessThan(400);
      }
      expect(doneFrom).toBe(span.from);
    },
  );
});

describe("a backfill", () => {
  it("brings all that the vendor has, as far back as was asked for, and then asks for no more", async () => {
    const bench = createIngestBench({ traits: { maxWindowSeconds: 3 * DAY }, backfillSeconds: 20 * DAY });
    const all = measured(bench, bench.now() - 25 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    const from = startOf(dayOf((bench.now() - HOUR - 20 * DAY) as Instant));
    expect(
      await missingFrom(
        bench,
        all.filter((at) => at >= from),
      ),
    ).toEqual([]);
    expect([...(await bench.view()).keys()].filter((at) => at < from)).toEqual([]);
    expect((await bench.record()).backfill).toMatchObject({ span: { doneFrom: from } });
    const asked = bench.world.asked.length;
    await bench.run(record, HOUR);
    expect(bench.world.asked.slice(asked).every(({ to, from: start }) => to - start < DAY)).toBe(true);
  });

  it("of a vendor that has nothing is believed to be none after five asks over eight days, and is then asked for no more", async () => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR });
    const asked = rangesAsked(bench);
    const { record } = await bench.connected();
    const begun = bench.now();
    await bench.run(record, 60 * DAY);
    expect(asked.map((at) => at - begun)).toEqual([0, 600, 600 + 2 * HOUR, 600 + 2 * HOUR + DAY, 600 + 2 * HOUR + 8 * DAY]);
    expect((await bench.record()).backfill).toMatchObject({ finishedAt: asked[4], span: null, nothing: { times: 5 } });
    expect(bench.logged.map(({ message }) => message).filter((message) => message.includes("history"))).toHaveLength(5);
  });

  it("of a vendor that said it had nothing is read as soon as a first reading comes, by whatever way and whoever owns the source by then", async () => {
    for (const way of ["poll", "delivery", "takeover"] as const) {
      for (const silentSeconds of [HOUR, 30 * DAY]) {
        const bench = createIngestBench({ pollIntervalSeconds: HOUR, backfillSeconds: null, traits: { cadenceSeconds: 900 } });
        const { record } = await bench.connected();
        await bench.run(record, silentSeconds);
        const all = measured(bench, bench.now() - 40 * DAY, bench.now(), 6 * HOUR);
        if (way === "delivery") await bench.ingest.work(deliveryOf(bench, record, all.slice(-1)), calm);
        await bench.run(record, 2 * HOUR, way === "takeover" ? bench.another() : bench.ingest);
        expect(await missingFrom(bench, all)).toEqual([]);
        expect((await bench.record()).backfill).not.toHaveProperty("nothing");
      }
    }
  });

  it("of a vendor that shows readings and denies that it has any is asked for once a week, and read when it admits them", async () => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR });
    const all = measured(bench, bench.now() - DAY + HOUR, bench.now(), 6 * HOUR);
    const lie = { isTold: true };
    const asked = rangesAsked(bench, lie);
    const { record } = await bench.connected();
    await bench.run(record, 30 * DAY);
    const [worn = 0] = measured(bench, bench.now(), bench.now());
    await bench.run(record, 30 * DAY);
    expect(asked.length).toBeLessThanOrEqual(14);
    expect((await bench.record()).backfill?.finishedAt).toBeNull();
    // The days of an open history that is not being read are given free like any others.
    expect((await bench.record()).openFrom.day).toBe(dayOf(worn as Instant) - 1);
    lie.isTold = false;
    await bench.run(record, 8 * DAY);
    expect(await missingFrom(bench, all)).toEqual([]);
    const { length } = asked;
    await bench.run(record, 30 * DAY);
    expect(asked).toHaveLength(length);
  });

  it("of readings that the vendor deleted, or that were stored before the time asked for, is believed to be none", async () => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR, traits: { historySeconds: 20 * DAY } });
    measured(bench, bench.now() - DAY, bench.now(), 6 * HOUR);
    const { record } = await bench.connected();
    await bench.run(record, 25 * DAY);
    const asked = rangesAsked(bench, { isTold: true });
    await bench.connected();
    bench.ingest.forget(record.sourceId);
    await bench.run(record, 60 * DAY);
    expect(asked).toHaveLength(5);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
  });

  it("of which a vendor says that there is some, and shows none, is not believed at once either", async () => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR, backfillSeconds: 10 * DAY, traits: { maxWindowSeconds: 4 * DAY } });
    const all = measured(bench, bench.now() - 10 * DAY, bench.now() - 2 * DAY, HOUR);
    bench.world.account(anna).situate("no_data");
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    expect((await bench.record()).backfill).toMatchObject({ finishedAt: null, span: null, nothing: { times: 2 } });
    bench.world.account(anna).situate("well");
    await bench.run(record, 2 * HOUR);
    expect(await missingFrom(bench, all)).toEqual([]);
  });

  it("of a provider that is asked for no history any more ends there", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    Object.assign(bench.world.loaded.provider, { backfill: undefined });
    measured(bench, bench.now() - HOUR, bench.now());
    expect(await bench.run(record, 3 * HOUR)).toBeLessThan(60);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
  });

  it("that was said to be none is begun anew when the person connects again, as far back as before", async () => {
    const bench = createIngestBench({ pollIntervalSeconds: HOUR, backfillSeconds: 10 * DAY });
    const { record } = await bench.connected();
    await bench.run(record, 30 * DAY);
    const { backfill } = await bench.record();
    expect(backfill?.finishedAt).not.toBeNull();
    await bench.connected();
    expect((await bench.record()).backfill).toEqual({ ...backfill, startedAt: bench.now(), finishedAt: null, nothing: undefined });
  });

  it("tells what it brought as backfill, and what is current is still the newest", async () => {
    const bench = createIngestBench({ backfillSeconds: 5 * DAY });
    measured(bench, bench.now() - 5 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    const arrivals = Map.groupBy(bench.recorded(), ({ data }) => data.arrival);
    expect(arrivals.get("backfill")?.length).toBeGreaterThanOrEqual(4);
    expect(bench.ingest.remembered(record.sourceId)?.newest).toBe(bench.now() - HOUR);
  });

  it.each<CheckpointName>([
    "poll.after_fetch",
    "commit.after_open_from_lowered",
    "commit.before_put",
    "commit.after_put",
    "backfill.after_window",
    "backfill.after_progress",
  ])("that dies at %s again and again is finished by those who come after, with progress never beyond what is stored", async (point) => {
    const crash = new Error("died");
    let moments = 0;
    const bench = createIngestBench({
      traits: { maxWindowSeconds: 2 * DAY },
      paging: { recordsPerPage: 50, order: "newest_first" },
      backfillSeconds: 12 * DAY,
      change: () => ({
        checkpoint: (name) => {
          if (name === point && moments++ % 3 === 0 && moments < 60) throw crash;
        },
      }),
    });
    const all = measured(bench, bench.now() - 12 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    for (let life = 0; life < 40; life++) {
      await bench.run(record, 600, bench.another()).catch((thrown: unknown) => expect(thrown).toBe(crash));
      const { backfill } = await bench.record();
      const doneFrom = backfill?.span?.doneFrom ?? Infinity;
      expect(
        await missingFrom(
          bench,
          all.filter((at) => at >= doneFrom && at < (backfill?.span?.to ?? 0)),
        ),
      ).toEqual([]);
    }
    // Once lowered, openFrom serves all the windows.
    expect(moments).toBeGreaterThan(point === "commit.after_open_from_lowered" ? 0 : 3);
    expect(await missingFrom(bench, all)).toEqual([]);
    expect(new Set(bench.recorded().flatMap(({ data }) => data.readings.map(({ timestamp }) => timestamp))).size).toBe(all.length);
  });

  it("records what cannot be read as a gap and goes on; what is read later is a gap no more", async () => {
    const bench = createIngestBench({ backfillSeconds: 5 * DAY });
    const all = measured(bench, bench.now() - 5 * DAY, bench.now(), 900);
    const poison = (bench.now() - 2 * DAY) as Instant;
    bench.world.account(anna).poisoned.add(poison);
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    const { gaps, health } = await bench.record();
    expect(gaps).toMatchObject([{ reason: "The page cannot be read." }]);
    const isInGap = (at: Instant) => gaps.some(({ from, to }) => at >= from && at < to);
    expect(isInGap(poison)).toBe(true);
    expect(gaps.every(({ from, to }) => to - from <= 300)).toBe(true);
    expect(health.kind).toBe("ok");
    expect(
      await missingFrom(
        bench,
        all.filter((at) => !isInGap(at)),
      ),
    ).toEqual([]);
    bench.world.account(anna).poisoned.clear();
    await bench.connected();
    bench.ingest.forget(record.sourceId);
    await bench.run(record, HOUR);
    expect((await bench.record()).gaps).toEqual([]);
  });

  it("that two owners begin at once does not begin anew when one of them is slow", async () => {
    const bench = createIngestBench({ traits: { maxWindowSeconds: DAY }, backfillSeconds: 10 * DAY });
    measured(bench, bench.now() - 10 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    const slow = bench.another();
    await slow.tend(record, "history", calm);
    await bench.run(record, HOUR);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
    const asked = bench.world.asked.length;
    await bench.run(record, HOUR, slow);
    expect(bench.world.asked.length - asked).toBeLessThan(20);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
  });

  it("that was begun anew while a window was asked for is not taken for read as far as that window", async () => {
    const bench = createIngestBench({ traits: { maxWindowSeconds: DAY }, backfillSeconds: 10 * DAY });
    measured(bench, bench.now() - 10 * DAY, bench.now() - 2 * DAY, 900);
    const { record } = await bench.connected();
    await bench.ingest.tend(record, "history", calm);
    await bench.ingest.tend(record, "history", calm);
    const begun = (await bench.record()).backfill;
    expect(begun?.span?.doneFrom).toBe(begun?.span?.to);
    const { backfill } = bench.world.loaded.provider;
    if (backfill === undefined) throw new Error("no backfill");
    const { fetchPages } = backfill;
    let anew: SourceRecord["backfill"] = null;
    Object.assign(backfill, {
      fetchPages: async function* (...asked: Parameters<typeof fetchPages>) {
        bench.pass(5);
        await bench.connected();
        const other = bench.another();
        await other.tend(record, "history", calm);
        await other.tend(record, "history", calm);
        anew = (await bench.record()).backfill;
        yield* fetchPages(...asked);
      },
    });
    await bench.ingest.tend(record, "history", calm);
    expect(anew).toMatchObject({ startedAt: (begun?.startedAt ?? 0) + 5, span: begun?.span });
    expect((await bench.record()).backfill).toEqual(anew);
  });

  it("ends no earlier than where polling began, though the clock fell back in between", async () => {
    const bench = createIngestBench();
    const all = measured(bench, bench.now() - 12 * HOUR, bench.now());
    const { record } = await bench.connected();
    await bench.ingest.tend(record, "history", calm);
    bench.jump(-5 * HOUR);
    await bench.run(record, HOUR);
    bench.jump(5 * HOUR);
    await bench.run(record, HOUR);
    expect(await missingFrom(bench, all)).toEqual([]);
  });

  it("lowers openFrom once for all of its windows", async () => {
    const bench = createIngestBench({ traits: { maxWindowSeconds: DAY }, backfillSeconds: 12 * DAY });
    measured(bench, bench.now() - 12 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, 600);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
    const today = dayOf(bench.now());
    expect([...new Set(bench.written.records.map(({ openFrom }) => openFrom.day))]).toEqual([today - 1, today - 12]);
  });

  it("lets openFrom rise again once it is done and all is told", async () => {
    const bench = createIngestBench({ backfillSeconds: 10 * DAY });
    measured(bench, bench.now() - 10 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, 600);
    const today = dayOf(bench.now());
    expect((await bench.record()).openFrom.day).toBe(today - 10);
    await bench.run(record, 2 * HOUR);
    expect((await bench.record()).openFrom).toEqual({ day: today - 1, loweredAt: null });
  });
});
