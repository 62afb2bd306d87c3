import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { ReplaceOutcome } from "../ports/connection-store.ts";
import type { BucketName, RateBucket, RateLedger } from "../ports/rate-ledger.ts";
import type { StoreError } from "../ports/store-error.ts";
import { cancelled } from "./cancelled.ts";

/** The plainest ledger that keeps every promise of `RateLedger` but that of outliving the process. */
export function createMemoryRateLedger(): RateLedger {
  const buckets = new Map<BucketName, RateBucket>();
  const replace = (name: BucketName, bucket: RateBucket): ReplaceOutcome => {
    if ((buckets.get(name)?.version ?? 0) !== bucket.version - 1) return { kind: "conflict" };
    buckets.set(name, { ...bucket });
    return { kind: "written" };
  };
  return {
    bucketOf: (name, call) => answer(call, () => buckets.get(name) ?? null),
    replaceBucket: (name, bucket, call) => answer(call, () => replace(name, bucket)),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}
