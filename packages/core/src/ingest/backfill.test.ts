import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured } from "../../test/ingest-bench.ts";
import type { CheckpointName } from "../ports/checkpoint.ts";
import { dayOf, type Instant, SECONDS_PER_DAY, startOf } from "../reading/instant.ts";
import { nextWindow } from "./backfill.ts";

const HOUR = 3_600;
const DAY = 86_400;

const missingFrom = async (bench: IngestBench, instants: readonly Instant[]) => {
  const view = await bench.view();
  return instants.filter((at) => !view.has(at));
};

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

  it("of a vendor that has nothing is finished at once", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, 60);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
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
    let lowered = 0;
    const bench = createIngestBench({
      traits: { maxWindowSeconds: DAY },
      backfillSeconds: 12 * DAY,
      change: () => ({
        checkpoint: (name) => {
          if (name === "commit.after_open_from_lowered") lowered++;
        },
      }),
    });
    measured(bench, bench.now() - 12 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, 600);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
    expect((await bench.record()).openFrom.day).toBe(dayOf((bench.now() - 12 * DAY) as Instant));
    expect(lowered).toBe(1);
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
