import type { Clock } from "../../ports/clock.ts";

/**
 * One for all publishing: after a failure everybody leaves the bus alone, and one probe at a time goes out, at first after a second, at
 * most every 30.
 */
export interface BusBreaker {
  /** Whether to try now. While the bus is away, `true` is said to one caller at a time, and that one reports. */
  mayTry(): boolean;
  /** Whether `mayTry` would say so, without taking the turn. */
  isDue(): boolean;
  succeeded(): void;
  failed(): void;
  isOpen(): boolean;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

export function createBusBreaker(clock: Clock): BusBreaker {
  let failures = 0;
  let probeAtMs = 0;
  let isProbing = false;
  return {
    mayTry() {
      if (failures === 0) return true;
      if (clock.monotonicMs() < probeAtMs) return false;
      probeAtMs = clock.monotonicMs() + LONGEST_MS;
      isProbing = true;
      return true;
    },
    isDue: () => failures === 0 || clock.monotonicMs() >= probeAtMs,
    succeeded() {
      failures = 0;
      isProbing = false;
    },
    failed() {
      // What was under way when the bus went away fails with it, and says nothing new.
      if (failures > 0 && !isProbing) return;
      isProbing = false;
      failures++;
      probeAtMs = clock.monotonicMs() + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
    },
    isOpen: () => failures > 0,
  };
}
