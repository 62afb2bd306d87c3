import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Instruments } from "./instruments.ts";
import type { Scrapes } from "./scrapes.ts";

/** How well the process itself is. */
export interface ProcessMeter {
  stop(): void;
}

/** How often the loop's delay is looked at. */
const LOOK_EVERY_MS = 1_000;
/** Whoever waits for less notices nothing. */
const RESOLUTION_MS = 10;

export function createProcessMeter({ cpu, memory, heap, startTime, loopDelay }: Instruments, scrapes: Scrapes): ProcessMeter {
  const startedAtSeconds = Date.now() / 1000 - process.uptime();
  scrapes.before(() => {
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
    const { rss, heapUsed } = process.memoryUsage();
    memory.set(rss);
    heap.set(heapUsed);
    startTime.set(startedAtSeconds);
  });
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const timer = setInterval(() => {
    loopDelay.observe(longestSeconds(delays));
    delays.reset();
  }, LOOK_EVERY_MS).unref();
  return {
    stop() {
      clearInterval(timer);
      delays.disable();
    },
  };
}

/** The timer that measures is late by its own resolution at best. */
function longestSeconds({ max }: { readonly max: number }): number {
  return Math.max(0, max / 1e9 - RESOLUTION_MS / 1000);
}
