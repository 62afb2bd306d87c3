import type { Call, Consumption, Delivery, SourceId, StoreError, Verdict } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { WaitingDelivery, WaitingSource } from "./delivery-table.ts";
import type { StoreTime } from "./store-time.ts";

export interface DeliveryLanesDeps {
  readonly headOf: (sourceId: SourceId) => Result<WaitingDelivery | null, StoreError>;
  readonly record: (waiting: WaitingDelivery, verdict: Verdict) => PromiseLike<Result<void, StoreError>>;
  /** `work` threw: a bug of whoever gave it. */
  readonly onBug: (delivery: Delivery, cause: unknown) => void;
  readonly time: StoreTime;
  /** So many deliveries at once, each of another source. */
  readonly parallel: number;
}

/** One lane per source with something waiting: what is held or worked on stops its own lane and no other. */
export interface DeliveryLanes {
  /** Something of this source waits. */
  wake(sourceId: SourceId): void;
  consume(work: Work): Consumption;
  /** Hands out nothing more; what is being worked on is told to give up. */
  end(): void;
}

type Work = (delivery: Delivery, call: Call) => PromiseLike<Verdict>;

interface Consumer {
  readonly work: Work;
  readonly working: Set<Promise<void>>;
  /** Aborted by `stop`: from then on a verdict that cannot be recorded is not tried again. */
  readonly stopping: AbortController;
}

const RECORD_AGAIN_MS = 1_000;
/** After a `work` that threw: without a verdict the delivery comes back, but not in a loop. */
const AFTER_BUG_MS = 60_000;

export function createDeliveryLanes(deps: DeliveryLanesDeps, waiting: readonly WaitingSource[]): DeliveryLanes {
  const { time, parallel } = deps;
  const ended = new AbortController();
  const lanes = new Set<SourceId>();
  /** Lanes that may be served, the one that was served longest ago first. */
  const ready = new Set<SourceId>();
  const consumers = new Set<Consumer>();
  const holds = new Set<() => void>();

  const open = (sourceId: SourceId): void => {
    ready.add(sourceId);
    handOut();
  };
  const openAfter = (sourceId: SourceId, waitMs: number): void => {
    const callOff = time.after(waitMs, () => {
      holds.delete(callOff);
      open(sourceId);
    });
    holds.add(callOff);
  };
  const handOut = (): void => {
    if (ended.signal.aborted) return;
    for (const consumer of consumers) {
      for (const sourceId of ready) {
        if (consumer.working.size >= parallel) break;
        ready.delete(sourceId);
        serve(consumer, sourceId);
      }
    }
  };
  const serve = (consumer: Consumer, sourceId: SourceId): void => {
    const head = deps.headOf(sourceId);
    if (head.isErr()) openAfter(sourceId, RECORD_AGAIN_MS);
    else if (head.value === null) lanes.delete(sourceId);
    else begin(consumer, head.value);
  };
  const begin = (consumer: Consumer, head: WaitingDelivery): void => {
    const working = workOn(deps, consumer, head, ended.signal).then((verdict) => {
      consumer.working.delete(working);
      if (ended.signal.aborted) return;
      if (verdict.kind === "hold") openAfter(head.delivery.sourceId, verdict.waitMs);
      else ready.add(head.delivery.sourceId);
      handOut();
    });
    consumer.working.add(working);
  };

  for (const { sourceId, heldForMs } of waiting) {
    lanes.add(sourceId);
    if (heldForMs > 0) openAfter(sourceId, heldForMs);
    else ready.add(sourceId);
  }

  return {
    wake(sourceId) {
      if (lanes.has(sourceId)) return;
      lanes.add(sourceId);
      open(sourceId);
    },
    consume(work) {
      const consumer: Consumer = { work, working: new Set(), stopping: new AbortController() };
      consumers.add(consumer);
      handOut();
      return {
        stop: async () => {
          consumers.delete(consumer);
          consumer.stopping.abort();
          await Promise.all(consumer.working);
        },
      };
    },
    end() {
      ended.abort();
      for (const consumer of consumers) consumer.stopping.abort();
      consumers.clear();
      for (const callOff of holds) callOff();
      holds.clear();
    },
  };
}

async function workOn(deps: DeliveryLanesDeps, consumer: Consumer, head: WaitingDelivery, signal: AbortSignal): Promise<Verdict> {
  const verdict = await Promise.resolve(head.delivery)
    .then((delivery) => consumer.work(delivery, { signal }))
    .catch((cause: unknown): Verdict => {
      deps.onBug(head.delivery, cause);
      return { kind: "hold", waitMs: AFTER_BUG_MS };
    });
  await recordUntilDone(deps, consumer, head, verdict);
  return verdict;
}

/**
 * A verdict that cannot be recorded (the disk is full) is kept and tried again, rather than the work being done twice. Only that of a hold
 * is not: the delivery waits on disk as it is, and the wait is kept here.
 */
async function recordUntilDone(deps: DeliveryLanesDeps, { stopping }: Consumer, head: WaitingDelivery, verdict: Verdict): Promise<void> {
  while ((await deps.record(head, verdict)).isErr()) {
    if (verdict.kind === "hold" || stopping.signal.aborted) return;
    await paused(deps.time, RECORD_AGAIN_MS, stopping.signal);
  }
}

function paused(time: StoreTime, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      callOff();
      signal.removeEventListener("abort", goOn);
      resolve();
    };
    const callOff = time.after(ms, goOn);
    signal.addEventListener("abort", goOn);
  });
}
