import type { RateBucket } from "@bg-ingest/core";

/** A bucket that fills as time goes. */
export interface Filling {
  /** Calls that a full bucket holds. */
  readonly capacity: number;
  readonly callsPerMs: number;
}

/** What a provider allows an application, as a bucket whose calls are leased in blocks. */
export interface Allowance extends Filling {
  /** A call of a block is made within this time of leasing, or never. */
  readonly blockMs: number;
  /** Of a block, so that one replica does not hold what another one needs. */
  readonly mostOfBlock: number;
}

const LONGEST_BLOCK_SECONDS = 10;
/** How far the clocks of two replicas may be apart. */
const LONGEST_SKEW_SECONDS = 30;
/** Where one call is all that is allowed: less than one a window, so that the next comes after it. */
const LEAST_FLOW = 0.9;

interface Limit {
  readonly calls: number;
  readonly perSeconds: number;
  /** What is granted as one call is made within this time of being granted; at once where it is not said. */
  readonly spreadSeconds?: number;
}

/**
 * Half the calls at once, half as time goes. The flow is a little less than the provider's, because a block may be used a while after it was
 * leased and a replica's clock may be ahead of another's: in no window of `perSeconds` are more calls made than allowed.
 */
export function allowanceOf({ calls, perSeconds, spreadSeconds = 0 }: Limit): Allowance {
  const blockSeconds = Math.min(LONGEST_BLOCK_SECONDS, perSeconds / 10);
  const skewSeconds = Math.min(LONGEST_SKEW_SECONDS, perSeconds / 4);
  const capacity = Math.max(1, Math.floor(calls / 2));
  const callsPerMs = Math.max(calls - capacity, LEAST_FLOW) / ((perSeconds + blockSeconds + skewSeconds + spreadSeconds) * 1000);
  return { capacity, callsPerMs, blockMs: blockSeconds * 1000, mostOfBlock: Math.max(1, Math.floor(callsPerMs * blockSeconds * 1000)) };
}

export type Leased =
  | { readonly kind: "leased"; readonly calls: number; readonly bucket: RateBucket }
  | { readonly kind: "empty"; readonly waitMs: number };

/** Takes up to `wanted` calls out of a bucket, `null` being one that nobody has used. History gets only what is in the upper half. */
export function leaseFrom(
  bucket: RateBucket | null,
  allowance: Filling,
  purpose: "live" | "backfill",
  wanted: number,
  nowMs: number,
): Leased {
  const { capacity, callsPerMs } = allowance;
  const filled = bucket === null ? { level: capacity, filledAtMs: nowMs, version: 0 } : refilled(bucket, allowance, nowMs);
  const spare = filled.level - (purpose === "live" ? 0 : capacity / 2);
  // A millisecond more than it takes: fractions are rounded on the way, and whoever waits so long has to find a call.
  if (spare < 1) return { kind: "empty", waitMs: Math.ceil((1 - spare) / callsPerMs) + 1 };
  const calls = Math.min(Math.floor(spare), wanted);
  return { kind: "leased", calls, bucket: { ...filled, level: filled.level - calls, version: filled.version + 1 } };
}

/** Whole calls that are in it by now, `null` being a bucket that nobody has used. */
export function callsIn(bucket: RateBucket | null, allowance: Allowance, nowMs: number): number {
  return Math.floor(bucket === null ? allowance.capacity : refilled(bucket, allowance, nowMs).level);
}

/** A bucket filled far ahead of now was filled by a clock that was wrong: it fills from now on. */
function refilled(bucket: RateBucket, { capacity, callsPerMs }: Filling, nowMs: number): RateBucket {
  const aheadMs = bucket.filledAtMs - nowMs;
  if (aheadMs > 0) return aheadMs > LONGEST_SKEW_SECONDS * 2_000 ? { ...bucket, filledAtMs: nowMs } : bucket;
  return { ...bucket, level: Math.min(capacity, bucket.level - aheadMs * callsPerMs), filledAtMs: nowMs };
}
