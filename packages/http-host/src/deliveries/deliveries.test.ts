import type { Delivery, Instant, LogFields, Logger, ProviderName, SourceId, SourceKey, UserId, Verdict } from "@bg-ingest/core";
import { createManualTime, createMemoryQueueShelf, createMemoryWorkQueue } from "@bg-ingest/core/testing";
import { expect, it } from "vitest";
import { LOGGED_FIELDS } from "../logging/log-fields.ts";
import { createDeliveries, type DeliveriesDeps } from "./deliveries.ts";

const delivery: Delivery = {
  id: "delivery-1",
  userId: "anna@example.org" as UserId,
  sourceId: "annacgm00001" as SourceId,
  provider: "acme" as ProviderName,
  signedAt: 1_745_000_000 as Instant,
  body: Buffer.from("glucose 287"),
};

const calm = { signal: new AbortController().signal };

/** What becomes of the delivery above if that is the verdict. */
async function judged(verdict: Verdict) {
  const shelf = createMemoryQueueShelf();
  const queue = createMemoryWorkQueue(createManualTime(), shelf);
  const warnings: LogFields[] = [];
  const woken: SourceId[] = [];
  const silent = () => {};
  const logger: Logger = { debug: silent, info: silent, warn: (fields) => void warnings.push(fields), error: silent };
  const deliveries = createDeliveries({
    receive: {} as DeliveriesDeps["receive"],
    queue,
    ingest: { work: async () => verdict },
    scheduler: { recheck: ({ sourceId }: SourceKey) => void woken.push(sourceId) },
    logger,
  });
  deliveries.start();
  (await queue.enqueue(delivery, calm))._unsafeUnwrap();
  await deliveries.stop();
  return { shelf, warnings, woken };
}

it("warns of a delivery that is set apart, with its source, its provider and the reason", async () => {
  const { shelf, warnings, woken } = await judged({ kind: "set_apart", reason: "delivery_unreadable", body: "kept" });
  expect(shelf.setApart).toEqual([{ delivery: { ...delivery, body: expect.any(Uint8Array) }, reason: "delivery_unreadable" }]);
  expect(warnings).toEqual([{ source: delivery.sourceId, provider: delivery.provider, reason: "delivery_unreadable" }]);
  expect(Object.keys(warnings[0] ?? {}).filter((name) => !LOGGED_FIELDS.has(name))).toEqual([]);
  expect(woken).toEqual([delivery.sourceId]);
});

it("warns of no delivery that was stored or waits", async () => {
  for (const verdict of [{ kind: "done" }, { kind: "hold", waitMs: 1_000 }] satisfies Verdict[]) {
    const { warnings, woken } = await judged(verdict);
    expect(warnings).toEqual([]);
    expect(woken).toEqual([delivery.sourceId]);
  }
});
