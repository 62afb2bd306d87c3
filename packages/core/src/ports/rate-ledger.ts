import type { ProviderName } from "../reading/identifiers.ts";
import type { AsyncResult, Call } from "./call.ts";
import type { ReplaceOutcome } from "./connection-store.ts";
import type { StoreError } from "./store-error.ts";

/** How many calls a provider still allowed the application when some replica last leased of them. */
export interface RateBucket {
  /** Calls; fractions count. */
  readonly level: number;
  /** When the bucket held so many, in milliseconds since the epoch, by the clock of whoever wrote it. */
  readonly filledAtMs: number;
  /** Counts the writes, from 1. */
  readonly version: number;
}

/** A provider's bucket for polls and all else, and the one for people who connect. */
export type BucketName = ProviderName | `${ProviderName}:connect`;

/** Buckets of calls, shared by all replicas of one application. That nobody leases what is gone rests on `replaceBucket` alone. */
export interface RateLedger {
  /** `null` where nobody has leased yet; strongly consistent. */
  bucketOf(name: BucketName, call: Call): AsyncResult<RateBucket | null, StoreError>;

  /** Writes if the stored version is `bucket.version - 1`, 0 meaning that none is stored. */
  replaceBucket(name: BucketName, bucket: RateBucket, call: Call): AsyncResult<ReplaceOutcome, StoreError>;
}
