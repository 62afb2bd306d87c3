import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import type { CheckpointName } from "../../ports/checkpoint.ts";
import { dayOf, type Instant } from "../../reading/instant.ts";

const HOUR = 3_600;
const DAY = 86_400;

/** A bench whose process dies at a checkpoint when told to. */
function doomed(options: Parameters<typeof createIngestBench>[0] = {}) {
  const crash = new Error("died");
  let point: CheckpointName | null = null;
  const bench = createIngestBench({
    ...options,
    change: () => ({
      checkpoint: (name) => {
        if (name === point) throw crash;
      },
    }),
  });
  return {
    bench,
    /** Dies at its next tending, and is followed by another process. */
    async diesAt(next: CheckpointName, tend: () => Promise<unknown>) {
      point = next;
      await expect(tend()).rejects.toBe(crash);
      point = null;
      bench.ingest = bench.another();
    },
  };
}

const toldOf = (bench: IngestBench) => new Set(bench.recorded().flatMap(({ data }) => data.readings.map(({ timestamp }) => timestamp)));

describe("whoever takes a source over", () => {
  it.each<CheckpointName>(["commit.before_put", "commit.after_put", "publish.before", "publish.after"])(
    "after a death at %s publishes what was stored and not told, first appearances in order",
    async (point) => {
      const { bench, diesAt } = doomed();
      const { record } = await bench.connected();
      await bench.run(record, HOUR);
      for (let n = 0; n < 5; n++) {
        measured(bench, bench.now() + 1, bench.now() + 1);
        bench.pass(301);
        await diesAt(point, () => bench.ingest.tend(record, "history", calm));
      }
      await bench.run(record, 600);
      expect(toldOf(bench).size).toBe((await bench.view()).size);
      expect((await bench.view()).size).toBe(5);
      const firsts = bench.recorded().filter(({ id }, i, all) => all.findIndex((other) => other.id === id) === i);
      for (const events of Map.groupBy(firsts, ({ subject }) => subject).values()) {
        expect(events.map(({ data }) => data.version)).toEqual(events.map((_, i) => i + 1));
      }
    },
  );

  it("publishes an older day too that a dead owner had written, however long ago", async () => {
    const { bench, diesAt } = doomed({ traits: { rePull: [{ everySeconds: HOUR, lookBackSeconds: 10 * DAY }] } });
    measured(bench, bench.now() - 5 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, 3 * HOUR);
    const late = (bench.now() - 4 * DAY - 77) as Instant;
    measured(bench, late, late);
    await diesAt("publish.before", () => bench.run(record, 2 * HOUR));
    expect((await bench.view()).has(late)).toBe(true);
    expect((await bench.record()).openFrom.day).toBeLessThanOrEqual(dayOf(late));
    bench.pass(20 * DAY);
    await bench.run(record, 600);
    expect(toldOf(bench)).toContain(new Date(late * 1000).toISOString().replace(".000", ""));
  });

  it("finds a day that was written ahead of the clock as it is now", async () => {
    const { bench, diesAt } = doomed();
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    measured(bench, bench.now(), bench.now());
    bench.pass(301);
    await diesAt("publish.before", () => bench.ingest.tend(record, "history", calm));
    bench.jump(-10 * DAY);
    await bench.ingest.tend(record, "history", calm);
    expect(toldOf(bench).size).toBe(1);
  });

  it("asks in whole seconds later than anybody asked before, so that the content asked last stands", async () => {
    const { bench, diesAt } = doomed();
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    const at = bench.now();
    bench.world.account(anna).measure({ at, mgdl: 100 });
    bench.pass(301);
    await diesAt("publish.after", () => bench.ingest.tend(record, "history", calm));
    bench.world.account(anna).measure({ at, mgdl: 60, shownAt: bench.now() });
    await must(bench.ingest.wantPoll(record, calm));
    await bench.ingest.tend(record, "history", calm);
    expect((await bench.view()).get(at)?.mgdl).toBe(60);
  });

  it("while the store cannot be read waits a little, and then goes on", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    measured(bench, bench.now(), bench.now());
    bench.storeMode = "away";
    const { liveAtMs: nextAtMs } = await bench.ingest.tend(record, "history", calm);
    expect((nextAtMs ?? 0) - bench.deps.clock.nowMs()).toBeGreaterThanOrEqual(5_000);
    bench.storeMode = "there";
    await bench.run(record, 600);
    expect((await bench.view()).size).toBe(1);
  });
});

describe("openFrom", () => {
  it("rises once a day, by one write, and a new owner then reads two days", async () => {
    const bench = createIngestBench({ startMs: Date.UTC(2025, 3, 23, 23, 30) });
    const { record } = await bench.connected();
    for (let day = 0; day < 5; day++) {
      const before = bench.written.records.length;
      for (let n = 0; n < 24; n++) {
        measured(bench, bench.now(), bench.now());
        await bench.run(record, HOUR);
      }
      if (day > 0) expect(bench.written.records.slice(before).length).toBe(1);
      expect((await bench.record()).openFrom.day).toBe(dayOf(bench.now()) - 1);
    }
  });

  it("does not rise over a day that the bus has not got", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await bench.run(record, HOUR);
    bench.bus.mode = "away";
    measured(bench, bench.now(), bench.now());
    const closed = dayOf(bench.now());
    for (let n = 0; n < 80; n++) {
      await bench.run(record, HOUR);
      measured(bench, bench.now(), bench.now());
    }
    expect((await bench.record()).openFrom.day).toBeLessThanOrEqual(closed);
    bench.bus.mode = "there";
    await bench.run(record, HOUR);
    expect((await bench.record()).openFrom.day).toBe(dayOf(bench.now()) - 1);
    expect(toldOf(bench).size).toBe((await bench.view()).size);
  });

  it("of a source that was disconnected in the meantime still rises, and then it is looked at once a day", async () => {
    const bench = createIngestBench({ backfillSeconds: 5 * DAY });
    measured(bench, bench.now() - 5 * DAY, bench.now(), 900);
    const { record } = await bench.connected();
    await bench.run(record, 600);
    await bench.changeRecord({ phase: "disconnected" });
    bench.ingest.forget(record.sourceId);
    await bench.run(record, 3 * HOUR);
    expect((await bench.record()).openFrom.day).toBe(dayOf((bench.now() - 3 * HOUR - 600) as Instant) - 1);
    expect((await bench.ingest.tend(record, "history", calm)).liveAtMs).toBe((bench.now() + DAY) * 1000);
  });
});
