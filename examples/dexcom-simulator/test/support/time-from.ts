import type { HostParts } from "@bg-ingest/http-host";

/** Time that passes as it really does, from a moment that is the same in every run. */
export function timeFrom(startsAtMs: number): NonNullable<HostParts["time"]> {
  const aheadMs = startsAtMs - Date.now();
  return {
    nowMs: () => Date.now() + aheadMs,
    monotonicMs: () => performance.now(),
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    soon: (work) => void setImmediate(work),
  };
}
