import { performance } from "node:perf_hooks";
import type { Clock } from "@bg-ingest/core";
import type { Timers } from "../src/scheduler/timers.ts";

/** Simulated time that runs `speed` times as fast as real time from `zeroMs` on, the same in every process that is told the same. */
export interface FastTimeOptions {
  readonly simulatedZeroMs: number;
  readonly realZeroMs: number;
  readonly speed: number;
}

export function createFastTime({ simulatedZeroMs, realZeroMs, speed }: FastTimeOptions): Clock & Timers {
  return {
    nowMs: () => simulatedZeroMs + (Date.now() - realZeroMs) * speed,
    monotonicMs: () => performance.now() * speed,
    after(ms, work) {
      const timer = setTimeout(work, Math.min(2_147_000_000, Math.max(0, ms / speed)));
      timer.unref();
      return () => clearTimeout(timer);
    },
    soon: (work) => void setImmediate(work),
  };
}

/** Time that passes as it really does, from a moment that is the same in every run. */
export function timeFrom(startsAtMs: number): Clock & Timers {
  return createFastTime({ simulatedZeroMs: startsAtMs, realZeroMs: Date.now(), speed: 1 });
}
