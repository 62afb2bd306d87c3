import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Clock } from "../ports/clock.ts";
import type { Delivery, QueueError, Verdict, WorkQueue } from "../ports/work-queue.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { cancelled } from "./cancelled.ts";
import type { Timers } from "./manual-time.ts";

/** What a queue leaves behind when its process dies. A queue made over it later takes it over; the earlier one hands out nothing more. */
export interface MemoryQueueShelf {
  readonly waiting: Delivery[];
  readonly setApart: { readonly delivery: Delivery; readonly reason: string }[];
  /** When the week of an id began. */
  readonly knownSinceMs: Map<string, number>;
  owner: object | null;
}

export function createMemoryQueueShelf(): MemoryQueueShelf {
  return { waiting: [], setApart: [], knownSinceMs: new Map(), owner: null };
}

interface Consumer {
  readonly work: (delivery: Delivery, call: Call) => PromiseLike<Verdict>;
  readonly working: Set<Promise<void>>;
  readonly signal: AbortSignal;
}

const WEEK_MS = 7 * 86_400_000;
/** After a `work` that threw: without a verdict the delivery comes back, but not in a loop. */
const AFTER_BUG_MS = 60_000;

/** The plainest queue that keeps every promise of `WorkQueue`; what is to outlive a process stands on the shelf. */
export function createMemoryWorkQueue(time: Pick<Clock, "nowMs"> & Timers, shelf: MemoryQueueShelf = createMemoryQueueShelf()): WorkQueue {
  const self = {};
  shelf.owner = self;
  const consumers = new Set<Consumer>();
  /** Sources whose head is being worked on, or is held. */
  const taken = new Set<SourceId>();

  const handOut = (): void => {
    for (const consumer of shelf.owner === self ? consumers : []) {
      for (const delivery of [...shelf.waiting]) if (!taken.has(delivery.sourceId)) start(consumer, delivery);
    }
  };
  const start = (consumer: Consumer, delivery: Delivery): void => {
    taken.add(delivery.sourceId);
    const working = judge(consumer, delivery).then((verdict) => {
      if (shelf.owner !== self) return;
      record(delivery, verdict);
      consumer.working.delete(working);
      handOut();
    });
    consumer.working.add(working);
  };
  const record = (delivery: Delivery, verdict: Verdict): void => {
    if (verdict.kind === "hold") {
      time.after(verdict.waitMs, () => {
        taken.delete(delivery.sourceId);
        handOut();
      });
      return;
    }
    taken.delete(delivery.sourceId);
    const at = shelf.waiting.indexOf(delivery);
    if (at === -1) return; // erased while it was worked on
    shelf.waiting.splice(at, 1);
    if (verdict.kind === "done") return;
    const body = verdict.body === "kept" ? delivery.body : new Uint8Array(0);
    shelf.setApart.push({ delivery: { ...delivery, body }, reason: verdict.reason });
  };

  return {
    enqueue: (delivery, call) =>
      answer(call, () => {
        const name = `${delivery.sourceId}/${delivery.id}`;
        const knownSinceMs = shelf.knownSinceMs.get(name);
        if (knownSinceMs !== undefined && time.nowMs() - knownSinceMs < WEEK_MS) return "known";
        shelf.knownSinceMs.set(name, time.nowMs());
        shelf.waiting.push(structuredClone(delivery));
        handOut();
        return "enqueued";
      }),
    consume(work) {
      const consumer: Consumer = { work, working: new Set(), signal: new AbortController().signal };
      consumers.add(consumer);
      handOut();
      return {
        stop: async () => {
          consumers.delete(consumer);
          await Promise.all(consumer.working);
        },
      };
    },
    depth: (call) => answer(call, () => ({ waiting: shelf.waiting.length, setApart: shelf.setApart.length })),
    eraseSource: (sourceId, call) =>
      answer(call, () => {
        keepOnly(shelf.waiting, (delivery) => delivery.sourceId !== sourceId);
        keepOnly(shelf.setApart, ({ delivery }) => delivery.sourceId !== sourceId);
        for (const name of [...shelf.knownSinceMs.keys()]) if (name.startsWith(`${sourceId}/`)) shelf.knownSinceMs.delete(name);
      }),
  };
}

/** Handed out in a later turn, so that `enqueue` is answered first. */
async function judge({ work, signal }: Consumer, delivery: Delivery): Promise<Verdict> {
  return Promise.resolve(structuredClone(delivery))
    .then((copy) => work(copy, { signal }))
    .catch(() => ({ kind: "hold", waitMs: AFTER_BUG_MS }));
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, QueueError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}

function keepOnly<T>(items: T[], wanted: (item: T) => boolean): void {
  items.splice(0, items.length, ...items.filter(wanted));
}
