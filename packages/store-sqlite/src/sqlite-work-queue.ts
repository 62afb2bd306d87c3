import type { DatabaseSync } from "node:sqlite";
import { bugOf, type Logger, type WorkQueue } from "@bg-ingest/core";
import { answer, attempt, uncancelled } from "./attempt.ts";
import { createDeliveryLanes } from "./delivery-lanes.ts";
import { createDeliveryTable } from "./delivery-table.ts";
import type { StoreTime } from "./store-time.ts";
import type { WriteBatcher } from "./write-batcher.ts";

export interface WorkQueueDeps {
  readonly database: DatabaseSync;
  readonly batcher: WriteBatcher;
  readonly time: StoreTime;
  /** So many deliveries are worked on at once, each of another source. */
  readonly parallel: number;
  readonly logger: Logger | undefined;
  /** Called after an erase, and after a body was deleted: what the write-ahead log still holds of it is to go. */
  readonly scrub: () => void;
}

export interface SqliteWorkQueue extends WorkQueue {
  /** Hands out nothing more; the signal of what is being worked on is aborted. */
  end(): void;
}

export function createSqliteWorkQueue({ database, batcher, time, parallel, logger, scrub }: WorkQueueDeps): SqliteWorkQueue {
  const table = createDeliveryTable(database);
  const lanes = createDeliveryLanes(
    {
      headOf: (sourceId) => attempt(() => table.headOf(sourceId)),
      // Whatever became of the call that led to the verdict.
      record: ({ position }, verdict) =>
        batcher
          .write(() => table.record(position, verdict, time.nowMs()), uncancelled)
          .andTee(() => {
            if (verdict.kind === "set_apart" && verdict.body === "deleted") scrub();
          }),
      onBug: ({ provider, sourceId: source }, cause) =>
        logger?.error({ provider, source, ...bugOf(cause) }, "Working on a delivery threw: a bug. It is tried again in a minute."),
      time,
      parallel,
    },
    table.waitingSources(time.nowMs()),
  );

  return {
    enqueue: (delivery, call) =>
      batcher
        .write(() => table.enqueue(delivery, time.nowMs()), call)
        .andTee((kind) => {
          if (kind === "enqueued") lanes.wake(delivery.sourceId);
        }),
    consume: lanes.consume,
    depth: (call) => answer(call, () => table.depth()),
    eraseSource: (sourceId, call) => batcher.write(() => table.erase(sourceId), call).andTee(scrub),
    end: lanes.end,
  };
}
