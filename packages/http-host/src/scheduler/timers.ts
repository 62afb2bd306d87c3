/** Waiting, so that tests and benches can wait in simulated time. */
export interface Timers {
  /** Calls `work` once after `ms`; the answer cancels it. */
  after(ms: number, work: () => void): () => void;
  /** Calls `work` once, after everything else that is waiting to happen has had its turn. */
  soon(work: () => void): void;
}

/** Node holds longer delays for one of a millisecond. */
const LONGEST_MS = 2_147_000_000;

export const systemTimers: Timers = {
  after(ms, work) {
    const timer = setTimeout(work, Math.min(Math.max(0, ms), LONGEST_MS));
    return () => clearTimeout(timer);
  },
  soon(work) {
    setImmediate(work);
  },
};
