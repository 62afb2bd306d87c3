import { performance } from "node:perf_hooks";

/** Time as this package needs it. `after` answers how to call it off. */
export interface BusTime {
  nowMs(): number;
  monotonicMs(): number;
  after(ms: number, run: () => void): () => void;
}

/** Node fires a timer of more than this at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemTime: BusTime = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    // A wait alone is no reason for a process to stay.
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function pause(time: BusTime, ms: number): Promise<void> {
  return new Promise((resolve) => void time.after(ms, resolve));
}
