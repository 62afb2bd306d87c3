import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { ReplaceOutcome } from "../ports/connection-store.ts";
import type { RateBucket, RateLedger } from "../ports/rate-ledger.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { ProviderName } from "../reading/identifiers.ts";
import { cancelled } from "./cancelled.ts";

/** The plainest ledger that keeps every promise of `RateLedger` but that of outliving the process. */
export function createMemoryRateLedger(): RateLedger {
  const buckets = new Map<ProviderName, RateBucket>();
  const replace = (provider: ProviderName, bucket: RateBucket): ReplaceOutcome => {
    if ((buckets.get(provider)?.version ?? 0) !== bucket.version - 1) return { kind: "conflict" };
    buckets.set(provider, { ...bucket });
    return { kind: "written" };
  };
  return {
    bucketOf: (provider, call) => answer(call, () => buckets.get(provider) ?? null),
    replaceBucket: (provider, bucket, call) => answer(call, () => replace(provider, bucket)),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}
