import type { Clock, RateBucket, RateLease, UserId } from "@bg-ingest/core";
import { type Filling, leaseFrom } from "./allowance.ts";

/** Calls of one provider, each account's counted for itself; a user has one. */
export interface AccountCalls {
  take(userId: UserId, purpose: "live" | "backfill"): RateLease;
  /** One that was granted and not made. */
  giveBack(userId: UserId): void;
}

/**
 * Kept in this process alone: an account is asked by the one owner of its source, and a person does not connect everywhere at once. No more buckets are kept than accounts were asked about
 * while a bucket fills.
 */
export function createAccountCalls(allowance: Filling, clock: Clock): AccountCalls {
  const buckets = new Map<UserId, RateBucket>();
  const fillsInMs = allowance.capacity / allowance.callsPerMs;

  /** The one asked longest ago comes first; a bucket that is full again is as good as none. */
  function forgetFull(nowMs: number): void {
    for (const [userId, { filledAtMs }] of buckets) {
      if (nowMs - filledAtMs < fillsInMs) return;
      buckets.delete(userId);
    }
  }

  return {
    take(userId, purpose) {
      const nowMs = clock.monotonicMs();
      forgetFull(nowMs);
      const leased = leaseFrom(buckets.get(userId) ?? null, allowance, purpose, 1, nowMs);
      if (leased.kind === "empty") return { kind: "wait", waitMs: leased.waitMs };
      buckets.delete(userId);
      buckets.set(userId, leased.bucket);
      return { kind: "granted" };
    },
    giveBack(userId) {
      const bucket = buckets.get(userId);
      if (bucket !== undefined) buckets.set(userId, { ...bucket, level: Math.min(allowance.capacity, bucket.level + 1) });
    },
  };
}
