import type { Delivery, SourceId, Verdict, WorkQueue } from "@bg-ingest/core";
import type { Instruments } from "./instruments.ts";
import type { Scrapes } from "./scrapes.ts";

/** No more are followed: a flood of deliveries while the store is away must not use up the memory. */
const MOST_FOLLOWED = 10_000;

/** Twice the longest hold: what was not handed out here again by then is another replica's, or gone. */
const ELSEWHERE_AFTER_MS = 120_000;

interface Held {
  readonly sourceId: SourceId;
  readonly signedAt: number;
  readonly heldAtMs: number;
}

const OUTCOMES: Readonly<Record<Verdict["kind"], string>> = { done: "done", hold: "held", set_apart: "set_apart" };

/** The queue with every delivery followed: taken, held, done. */
export function meteredQueue(
  queue: WorkQueue,
  { deliveries, deliveryAge, deliveriesHeldAge }: Instruments,
  scrapes: Scrapes,
  clock: { nowMs(): number },
): WorkQueue {
  /** Those that had to be held, by source and id. */
  const held = new Map<string, Held>();
  function follow(delivery: Delivery, verdict: Verdict): void {
    const { provider, sourceId, id, signedAt } = delivery;
    const key = `${sourceId} ${id}`;
    deliveries.inc({ provider, outcome: OUTCOMES[verdict.kind] });
    if (verdict.kind === "hold") {
      if (held.has(key) || held.size < MOST_FOLLOWED) held.set(key, { sourceId, signedAt, heldAtMs: clock.nowMs() });
    } else held.delete(key);
    if (verdict.kind === "done") deliveryAge.observe({ provider }, Math.max(0, clock.nowMs() / 1000 - signedAt));
  }

  scrapes.before(() => {
    const nowMs = clock.nowMs();
    let oldest = nowMs / 1000;
    for (const [key, { signedAt, heldAtMs }] of held) {
      if (nowMs - heldAtMs > ELSEWHERE_AFTER_MS) held.delete(key);
      else oldest = Math.min(oldest, signedAt);
    }
    deliveriesHeldAge.set(nowMs / 1000 - oldest);
  });
  return {
    ...queue,
    async enqueue(delivery, call) {
      const queued = await queue.enqueue(delivery, call);
      if (queued.isOk()) deliveries.inc({ provider: delivery.provider, outcome: queued.value });
      return queued;
    },
    async eraseSource(sourceId, call) {
      const erased = await queue.eraseSource(sourceId, call);
      if (erased.isOk()) for (const [key, each] of held) if (each.sourceId === sourceId) held.delete(key);
      return erased;
    },
    consume: (work) =>
      queue.consume(async (delivery, call) => {
        const verdict = await work(delivery, call);
        follow(delivery, verdict);
        return verdict;
      }),
  };
}
