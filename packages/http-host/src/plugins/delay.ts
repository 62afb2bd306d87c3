import type { Delay } from "@bg-ingest/core";
import type { Timers } from "../scheduler/timers.ts";

/** Deadlines of providers, in the time in which the service lives. */
export function createDelay(timers: Timers): Delay {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        cancel();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const cancel = timers.after(ms, wake);
      signal.addEventListener("abort", wake);
    });
}
