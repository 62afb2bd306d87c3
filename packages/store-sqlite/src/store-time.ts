import { performance } from "node:perf_hooks";
import type { Clock } from "@bg-ingest/core";

/** Time as the store needs it: a clock, and a call back once so much time has passed. `after` answers how to call it off. */
export interface StoreTime extends Clock {
  after(ms: number, run: () => void): () => void;
}

/** Node fires a timer of more than this at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemTime: StoreTime = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    // A wait alone is no reason for a process to stay.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
