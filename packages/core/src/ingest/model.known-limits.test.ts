import { expect, it } from "vitest";
import { anna, createIngestBench, measured } from "../../test/ingest-bench.ts";
import type { Instant } from "../reading/instant.ts";

const HOUR = 3_600;

/** Found by the model. Each fails as long as the limit stands; whoever lifts it moves the case to those that hold. */
it.fails("what could not be read for longer than the re-pull ladder looks back is asked for again once it can be read", async () => {
  const bench = createIngestBench({ traits: { rePull: [{ everySeconds: 6 * HOUR, lookBackSeconds: 12 * HOUR }] } });
  const instants = measured(bench, bench.now(), bench.now() + 30 * HOUR);
  const poison = instants[12] as Instant;
  bench.world.account(anna).poisoned.add(poison);
  const { record } = await bench.connected();
  await bench.run(record, 24 * HOUR);
  bench.world.account(anna).poisoned.clear();
  await bench.run(record, 48 * HOUR);
  const view = await bench.view();
  expect(instants.filter((at) => !view.has(at))).toEqual([]);
});
