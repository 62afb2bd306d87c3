import type { Clock, LoadedProviders, ProviderName, RateBudget } from "@bg-ingest/core";

interface Bucket {
  tokens: number;
  filledAtMs: number;
  readonly capacity: number;
  readonly perMs: number;
}

/** One token bucket per provider, full at the start, kept in this process alone. Backfill leaves the lower half to live polls. */
export function createRateBudget(providers: LoadedProviders, clock: Clock): RateBudget {
  const buckets = new Map<ProviderName, Bucket>();
  for (const { name, traits } of providers.values()) {
    if (traits.rateLimit?.scope !== "application") continue;
    const { calls, perSeconds } = traits.rateLimit;
    const capacity = Math.max(1, Math.floor(calls / 2));
    buckets.set(name, { tokens: capacity, filledAtMs: clock.monotonicMs(), capacity, perMs: calls / 2 / (perSeconds * 1000) });
  }
  return {
    take(provider, purpose) {
      const bucket = buckets.get(provider);
      return Promise.resolve(bucket === undefined ? ({ kind: "granted" } as const) : takeFrom(bucket, purpose, clock.monotonicMs()));
    },
  };
}

/**
 * A full bucket and what flows in meanwhile add up to the calls allowed in any window: half at once, half as the time goes.
 */
function takeFrom(bucket: Bucket, purpose: "live" | "backfill", nowMs: number) {
  bucket.tokens = Math.min(bucket.capacity, bucket.tokens + (nowMs - bucket.filledAtMs) * bucket.perMs);
  bucket.filledAtMs = nowMs;
  const floor = purpose === "live" ? 0 : bucket.capacity / 2;
  const missing = floor + 1 - bucket.tokens;
  if (missing > 0) return { kind: "wait", waitMs: Math.ceil(missing / bucket.perMs) } as const;
  bucket.tokens -= 1;
  return { kind: "granted" } as const;
}
