import type { Delivery, Instant, ProviderName, SourceId, UserId, Verdict, WorkQueue } from "@bg-ingest/core";
import { createManualTime, createMemoryWorkQueue } from "@bg-ingest/core/testing";
import { expect, it, onTestFinished } from "vitest";
import { parseExposition } from "../../test/exposition.ts";
import { calm, good } from "../../test/served.ts";
import { createInstruments } from "./instruments.ts";
import { meteredQueue } from "./metered-queue.ts";
import { createScrapes } from "./scrapes.ts";

const START_MS = Date.UTC(2025, 3, 26, 14, 30);

const DELIVERY: Delivery = {
  id: "one",
  userId: "anna" as UserId,
  sourceId: "source" as SourceId,
  provider: "diary" as ProviderName,
  signedAt: (START_MS / 1000 - 10) as Instant,
  body: new Uint8Array(),
};

it.each([
  ["is erased", 0],
  ["was handed out to another replica", 121_000],
])("a delivery that was held and %s is not held here any more", async (_, passesMs) => {
  const time = createManualTime(START_MS);
  const instruments = createInstruments();
  const scrapes = createScrapes();
  const handed: ((delivery: Delivery) => PromiseLike<Verdict>)[] = [];
  const given: WorkQueue = {
    ...createMemoryWorkQueue(time),
    consume(work) {
      handed.push((delivery) => work(delivery, calm));
      return { stop: async () => {} };
    },
  };
  const queue = meteredQueue(given, instruments, scrapes, time);
  const oldest = async () => {
    await scrapes.look(calm);
    return parseExposition(await instruments.registry.metrics()).sum("bg_delivery_oldest_held_seconds");
  };
  queue.consume(async () => ({ kind: "hold", waitMs: 60_000 }));
  await handed[0]?.(DELIVERY);
  time.pass(60_000);
  await handed[0]?.(DELIVERY);
  expect(await oldest()).toBe(70);
  time.pass(passesMs);
  if (passesMs === 0) good(await queue.eraseSource(DELIVERY.sourceId, calm));
  expect(await oldest()).toBe(0);
});

it("a delivery is followed from its being taken to its being done, and the oldest that is held is known", async () => {
  const time = createManualTime(START_MS);
  const instruments = createInstruments();
  const scrapes = createScrapes();
  const queue = meteredQueue(createMemoryWorkQueue(time), instruments, scrapes, time);
  const told = async () => {
    await scrapes.look(calm);
    return parseExposition(await instruments.registry.metrics());
  };
  expect([good(await queue.enqueue(DELIVERY, calm)), good(await queue.enqueue(DELIVERY, calm))]).toEqual(["enqueued", "known"]);
  const verdicts: Verdict[] = [{ kind: "hold", waitMs: 1_000 }, { kind: "done" }];
  const consumption = queue.consume(async () => verdicts.shift() as Verdict);
  onTestFinished(() => consumption.stop());
  await expect.poll(async () => (await told()).sum("bg_deliveries_total", { outcome: "held" })).toBe(1);
  time.pass(500);
  expect((await told()).sum("bg_delivery_oldest_held_seconds")).toBe(10.5);
  time.pass(1_500);
  await expect.poll(async () => (await told()).sum("bg_deliveries_total", { outcome: "done" })).toBe(1);
  const { sum } = await told();
  expect(["enqueued", "known"].map((outcome) => sum("bg_deliveries_total", { provider: "diary", outcome }))).toEqual([1, 1]);
  expect([sum("bg_delivery_oldest_held_seconds"), sum("bg_delivery_age_seconds_sum"), sum("bg_delivery_age_seconds_count")]).toEqual([
    0, 12, 1,
  ]);
});
