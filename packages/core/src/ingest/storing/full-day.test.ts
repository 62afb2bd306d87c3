import { expect, it } from "vitest";
import { anna, createIngestBench, measured } from "../../../test/ingest-bench.ts";
import { statusOf } from "../../connection/status.ts";
import { dayOf, type Instant, startOf } from "../../reading/instant.ts";

it("of a day that is full nothing is lost: what it holds stays, what came more is kept with its reason, and health says so", async () => {
  const bench = createIngestBench();
  const { record } = await bench.connected();
  const first = measured(bench, bench.now() - 7_200, bench.now(), 300);
  await bench.run(record, 900);
  const before = bench.written.records.length;
  const { truth } = bench.world.account(anna);
  const crowd = Array.from({ length: 290 }, (_, i) => (bench.now() - 595 + i) as Instant);
  for (const [i, at] of crowd.entries()) {
    truth.show({
      at,
      from: bench.now(),
      what: { time: at * 1000, value: 100, unit: "mg/dL", device: `another device ${i}`, record: { i } } as never,
    });
  }
  await bench.run(record, 3_600);

  const view = await bench.view();
  expect(first.filter((at) => !view.has(at))).toEqual([]);
  const call = { signal: new AbortController().signal };
  const page = await bench.connections.setAsideOf(record, { limit: 1_000, after: null }, call);
  const kept = page._unsafeUnwrap().records.filter(({ reason }) => reason === "day_full");
  const stored = crowd.filter((at) => view.has(at));
  expect(new Set([...stored, ...kept.map(({ at }) => at)]).size).toBe(crowd.length);
  expect(kept.length).toBeGreaterThan(0);

  const after = await bench.record();
  expect(after.fullDay).toBe(dayOf(crowd.at(-1) as Instant));
  expect(bench.written.records.slice(before).filter(({ fullDay }) => fullDay !== undefined)).toHaveLength(1);
  const { message } = statusOf(after, bench.world.loaded, bench.now(), 900, bench.now());
  expect(message).toContain("day_full");
  expect(
    statusOf(after, bench.world.loaded, bench.now(), 900, (startOf(dayOf(bench.now())) + 40 * 86_400) as Instant).message ?? "",
  ).not.toContain("day_full");
});
