import { expect, it } from "vitest";
import { anna, calm, createIngestBench, measured, must } from "../../test/ingest-bench.ts";
import { bgEvent } from "../event/event.ts";

it("two owners who find the same out tell the same", async () => {
  const bench = createIngestBench();
  measured(bench, bench.now() - 3_600, bench.now());
  const { record } = await bench.connected();
  const other = bench.another();
  await bench.run(record, 600);
  await bench.run(record, 600, other);
  const before = bench.bus.taken.length;
  bench.world.account(anna).situate("revoked");
  await bench.run(record, 600);
  await bench.run(record, 600, other);
  await bench.run(record, 600, bench.another());
  const told = bench.bus.taken.slice(before).filter(({ type }) => type === "bg.connection.changed.v1");
  expect(told.length).toBeGreaterThan(1);
  expect(new Set(told.map((event) => JSON.stringify(event))).size).toBe(1);
});

it("every event is what its schema says", async () => {
  const bench = createIngestBench();
  measured(bench, bench.now() - 3_600, bench.now());
  const { record } = await bench.connected();
  await bench.run(record, 600);
  bench.world.account(anna).situate("revoked");
  await bench.run(record, 600);
  await must(bench.ingest.erase(anna, calm));
  expect(new Set(bench.bus.taken.map(({ type }) => type)).size).toBe(3);
  for (const event of bench.bus.taken) expect(bgEvent.parse(event)).toEqual(event);
});
