import { expect, it } from "vitest";
import { anna, createIngestBench, measured } from "../../../test/ingest-bench.ts";
import type { ProviderTraits } from "../../ports/provider-traits.ts";
import type { RecordedGap } from "../../ports/source-record.ts";
import type { Instant } from "../../reading/instant.ts";
import { spansToAsk } from "./gap-turn.ts";

const HOUR = 3_600;
const DAY = 86_400;

it("what could not be read for longer than the re-pull ladder looks back is asked for again once it can be read", async () => {
  const bench = createIngestBench({ traits: { rePull: [{ everySeconds: 6 * HOUR, lookBackSeconds: 12 * HOUR }] } });
  const instants = measured(bench, bench.now(), bench.now() + 30 * HOUR);
  bench.world.account(anna).poisoned.add(instants[12] as Instant);
  const { record } = await bench.connected();
  await bench.run(record, 24 * HOUR);
  expect((await bench.record()).gaps).toHaveLength(1);
  bench.world.account(anna).poisoned.clear();
  await bench.run(record, 48 * HOUR);
  const view = await bench.view();
  expect(instants.filter((at) => !view.has(at))).toEqual([]);
  expect((await bench.record()).gaps).toEqual([]);
});

it("what a backfill could not read is read once it can be, by another owner too, and is told as late", async () => {
  const bench = createIngestBench({ backfillSeconds: 10 * DAY });
  const instants = measured(bench, bench.now() - 9 * DAY, bench.now(), 900);
  const poison = instants[100] as Instant;
  bench.world.account(anna).poisoned.add(poison);
  const { record } = await bench.connected();
  await bench.run(record, 2 * DAY);
  expect((await bench.record()).gaps).toHaveLength(1);
  bench.world.account(anna).poisoned.clear();
  await bench.run(record, DAY + HOUR, bench.another());
  expect((await bench.view()).has(poison)).toBe(true);
  expect((await bench.record()).gaps).toEqual([]);
  const told = bench.recorded().filter(({ data }) => data.arrival === "late");
  expect(told.flatMap(({ data }) => data.readings)).toHaveLength(1);
});

it("a gap that stays unreadable costs one request a day, no write, and says nothing new of the source", async () => {
  const bench = createIngestBench();
  const instants = measured(bench, bench.now() - 6 * HOUR, bench.now());
  bench.world.account(anna).poisoned.add(instants[12] as Instant);
  const { record } = await bench.connected();
  await bench.run(record, DAY);
  const [asked, written] = [bench.world.asked.length, bench.written.records.length];
  await bench.run(record, 5 * DAY);
  const old = bench.world.asked.slice(asked).filter(({ to }) => to <= (instants.at(-12) as Instant));
  expect(old.length).toBeLessThanOrEqual(5);
  expect(old.length).toBeGreaterThanOrEqual(4);
  const changes = bench.written.records.slice(written).filter(({ gaps, health }) => gaps.length !== 1 || health.kind !== "ok");
  expect(changes).toEqual([]);
});

it("a look back over a gap asks for it once and for what lies around it, and halves nothing to find it again", async () => {
  const bench = createIngestBench({ traits: { rePull: [{ everySeconds: HOUR, lookBackSeconds: DAY }] } });
  const instants = measured(bench, bench.now() - 6 * HOUR, bench.now());
  bench.world.account(anna).poisoned.add(instants[12] as Instant);
  const { record } = await bench.connected();
  await bench.run(record, 2 * HOUR);
  expect((await bench.record()).gaps).toHaveLength(1);
  const asked = bench.world.asked.length;
  await bench.run(record, 6 * HOUR);
  const [polls, looksBack] = [6 * 12, 6];
  expect(bench.world.asked.length - asked).toBeLessThanOrEqual(polls + looksBack * 2);
});

it("a gap whose page can be read again is read by the next look back, not only once a day", async () => {
  const bench = createIngestBench({ traits: { rePull: [{ everySeconds: HOUR, lookBackSeconds: DAY }] } });
  const instants = measured(bench, bench.now() - 6 * HOUR, bench.now());
  bench.world.account(anna).poisoned.add(instants[12] as Instant);
  const { record } = await bench.connected();
  await bench.run(record, 2 * HOUR);
  bench.world.account(anna).poisoned.clear();
  await bench.run(record, HOUR + 900);
  expect((await bench.view()).has(instants[12] as Instant)).toBe(true);
  expect((await bench.record()).gaps).toEqual([]);
});

it("of a long gap that can be read again but for one record, all the rest is read within days", async () => {
  const bench = createIngestBench({ backfillSeconds: 12 * DAY });
  const instants = measured(bench, bench.now() - 10 * DAY, bench.now(), 900);
  const { record } = await bench.connected();
  await bench.run(record, HOUR);
  const gap: RecordedGap = { from: instants[10] as Instant, to: instants[500] as Instant, reason: "unreadable", recordedAt: bench.now() };
  await bench.changeRecord({ gaps: [gap] });
  bench.ingest.forget(record.sourceId);
  bench.world.account(anna).poisoned.add(instants[300] as Instant);
  const asked = bench.world.asked.length;
  await bench.run(record, 5 * DAY);
  const [left, ...more] = (await bench.record()).gaps;
  expect(more).toEqual([]);
  expect((left?.to ?? 0) - (left?.from ?? 0)).toBeLessThanOrEqual(900);
  const old = bench.world.asked.slice(asked).filter(({ to }) => to <= gap.to);
  expect(old.length).toBeLessThanOrEqual(6 * 12);
});

it("however many gaps there are, each is asked for in its turn, in windows that the provider takes", () => {
  const now = 1_745_000_000;
  const traits = { maxWindowSeconds: HOUR, historySeconds: 100 * DAY } as ProviderTraits;
  const gaps = Array.from({ length: 40 }, (_, i) => ({ from: now - (40 - i) * DAY, to: now - (40 - i) * DAY + 2 * HOUR })) as never;
  const met = new Set<number>();
  for (let day = 0; day < 7; day++) {
    for (const { from, to } of spansToAsk(gaps, { traits }, (now + day * DAY) as Instant).slice(0, 12)) {
      expect(to - from).toBeLessThanOrEqual(HOUR);
      met.add(from);
    }
  }
  expect(met.size).toBe(80);
});

it("further back than the provider can go nothing is asked for", () => {
  const now = 1_745_000_000 as Instant;
  const traits = { maxWindowSeconds: DAY, historySeconds: DAY } as ProviderTraits;
  const gaps = [
    { from: now - 3 * DAY, to: now - 2 * DAY },
    { from: now - 2 * DAY, to: now - DAY + 60 },
  ] as never;
  expect(spansToAsk(gaps, { traits }, now)).toEqual([{ from: now - DAY, to: now - DAY + 60 }]);
});
