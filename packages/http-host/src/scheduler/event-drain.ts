import type { Ingest, Logger } from "@bg-ingest/core";
import { safely } from "./safely.ts";
import type { Timers } from "./timers.ts";

/** Publishes what waits for the bus, again and again. */
export interface EventDrain {
  start(): void;
  /** Begins nothing more. Answers when what was begun is done. */
  stop(): Promise<unknown>;
}

export interface EventDrainDeps {
  readonly ingest: Pick<Ingest, "isWaiting" | "drain">;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Cuts off what is being published. */
  readonly signal: AbortSignal;
}

const DRAIN_EVERY_MS = 1_000;

export function createEventDrain({ ingest, timers, logger, signal }: EventDrainDeps): EventDrain {
  let cancel: (() => void) | null = null;
  let draining: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  function drainSoon(): void {
    if (!isStopped) cancel = timers.after(DRAIN_EVERY_MS, () => void drain());
  }

  async function drain(): Promise<void> {
    if (ingest.isWaiting()) {
      const publishing = safely(logger, () => ingest.drain({ signal }), "publishing what waits");
      draining = publishing;
      const drained = await publishing;
      if (drained?.isErr()) logger.warn({ reason: drained.error.message }, "Events wait: their days cannot be read at the moment.");
    }
    drainSoon();
  }

  return {
    start: drainSoon,
    stop() {
      isStopped = true;
      cancel?.();
      return draining;
    },
  };
}
