import type { Delivery, Verdict, WorkQueue } from "@bg-ingest/core";
import type { Instruments } from "./instruments.ts";
import type { Scrapes } from "./scrapes.ts";

/** No more are followed: a flood of deliveries while the store is away must not use up the memory. */
const MOST_FOLLOWED = 10_000;

const OUTCOMES: Readonly<Record<Verdict["kind"], string>> = { done: "done", hold: "held", set_apart: "set_apart" };

/** The queue with every delivery followed: taken, held, done. */
export function meteredQueue(
  queue: WorkQueue,
  { deliveries, deliveryAge, deliveriesHeldAge }: Instruments,
  scrapes: Scrapes,
  clock: { nowMs(): number },
): WorkQueue {
  /** When each was signed that had to be held, by source and id. */
  const held = new Map<string, number>();
  function follow(delivery: Delivery, verdict: Verdict): void {
    const { provider, sourceId, id, signedAt } = delivery;
    const key = `${sourceId} ${id}`;
    deliveries.inc({ provider, outcome: OUTCOMES[verdict.kind] });
    if (verdict.kind === "hold") {
      if (held.size < MOST_FOLLOWED) held.set(key, signedAt);
    } else held.delete(key);
    if (verdict.kind === "done") deliveryAge.observe({ provider }, Math.max(0, clock.nowMs() / 1000 - signedAt));
  }

  scrapes.before(() => {
    let oldest = clock.nowMs() / 1000;
    for (const signedAt of held.values()) oldest = Math.min(oldest, signedAt);
    deliveriesHeldAge.set(clock.nowMs() / 1000 - oldest);
  });
  return {
    ...queue,
    async enqueue(delivery, call) {
      const queued = await queue.enqueue(delivery, call);
      if (queued.isOk()) deliveries.inc({ provider: delivery.provider, outcome: queued.value });
      return queued;
    },
    consume: (work) =>
      queue.consume(async (delivery, call) => {
        const verdict = await work(delivery, call);
        follow(delivery, verdict);
        return verdict;
      }),
  };
}
