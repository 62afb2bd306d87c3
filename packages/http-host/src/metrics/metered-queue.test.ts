import type { Delivery, Instant, ProviderName, SourceId, UserId, Verdict } from "@bg-ingest/core";
import { createManualTime, createMemoryWorkQueue } from "@bg-ingest/core/testing";
import { expect, it, onTestFinished } from "vitest";
import { parseExposition } from "../../test/exposition.ts";
import { calm, good } from "../../test/served.ts";
import { createInstruments } from "./instruments.ts";
import { meteredQueue } from "./metered-queue.ts";
import { createScrapes } from "./scrapes.ts";

const START_MS = Date.UTC(2025, 3, 26, 14, 30);

it("a delivery is followed from its being taken to its being done, and the oldest that is held is known", async () => {
  const time = createManualTime(START_MS);
  const instruments = createInstruments();
  const scrapes = createScrapes();
  const queue = meteredQueue(createMemoryWorkQueue(time), instruments, scrapes, time);
  const told = async () => {
    await scrapes.look(calm);
    return parseExposition(await instruments.registry.metrics());
  };
  const delivery: Delivery = {
    id: "one",
    userId: "anna" as UserId,
    sourceId: "source" as SourceId,
    provider: "diary" as ProviderName,
    signedAt: (START_MS / 1000 - 10) as Instant,
    body: new Uint8Array(),
  };
  expect([good(await queue.enqueue(delivery, calm)), good(await queue.enqueue(delivery, calm))]).toEqual(["enqueued", "known"]);
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
