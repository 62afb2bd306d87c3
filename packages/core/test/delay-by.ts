import type { Delay } from "../src/ports/delay.ts";
import type { Timers } from "../src/testing/manual-time.ts";

/** Waits in a time that only passes when a test says so. */
export function delayBy(time: Timers): Delay {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const callOff = time.after(ms, resolve);
      signal.addEventListener("abort", () => {
        callOff();
        resolve();
      });
    });
}
