import type { Ingest, Logger } from "@bg-ingest/core";
import { safely } from "./safely.ts";
import type { Timers } from "./timers.ts";

/**
 * Tries again to store renewed credentials that the store did not take: beside whatever else is done, and of sources that are other replicas' by
 * now as well. A bus that hangs must not cost anybody a grant.
 */
export interface RenewedStoring {
  start(): void;
  /** Begins nothing more. Answers when what was begun is done. */
  stop(): Promise<unknown>;
  /** Until all renewed credentials are stored, also of what ends meanwhile; or until the grace is over. */
  toTheLast(ended: Promise<unknown>): Promise<void>;
}

export interface RenewedStoringDeps {
  readonly ingest: Pick<Ingest, "storeRenewed">;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Aborted when the grace is over. */
  readonly signal: AbortSignal;
}

const STORE_EVERY_MS = 1_000;

export function createRenewedStoring({ ingest, timers, logger, signal }: RenewedStoringDeps): RenewedStoring {
  let cancel: (() => void) | null = null;
  let storing: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  function storeSoon(): void {
    cancel = timers.after(STORE_EVERY_MS, () => {
      storing = store().then(() => (isStopped ? undefined : storeSoon()));
    });
  }

  /** Answers of how many sources renewed credentials are still held. */
  async function store(): Promise<number> {
    return (await safely(logger, () => ingest.storeRenewed(), "storing renewed credentials")) ?? 0;
  }

  async function toTheLast(ended: Promise<unknown>): Promise<void> {
    let isEnded = false;
    const end = ended.then(() => {
      isEnded = true;
    });
    const over = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    for (;;) {
      const wasEnded = isEnded;
      const left = await store();
      if (signal.aborted && left > 0) logger.error({ count: left }, GRANTS_LOST);
      if (signal.aborted) return end;
      if (wasEnded && left === 0) return;
      let cancelPause = (): void => undefined;
      const pause = new Promise<void>((resolve) => {
        cancelPause = timers.after(STORE_EVERY_MS, resolve);
      });
      await Promise.race(wasEnded ? [pause, over] : [pause, over, end]);
      cancelPause();
    }
  }

  return {
    start: storeSoon,
    stop() {
      isStopped = true;
      cancel?.();
      return storing;
    },
    toTheLast,
  };
}

const GRANTS_LOST =
  "Renewed credentials were never taken by the store, and this process ends with them: the vendor takes no older ones, so these people will have to connect again. Nothing that is stored is affected. A longer SHUTDOWN_GRACE_SECONDS gives the store more time.";
