import type { BucketName, RateBucket, RateLedger } from "@bg-ingest/core";

/** Remembers each bucket as it was last read or written here, so that nobody has to ask the store how much is left. */
export interface SeenBuckets {
  readonly ledger: RateLedger;
  /** `null`: nobody has leased of it, as far as was seen. */
  last(name: BucketName): RateBucket | null;
}

export function createSeenBuckets(ledger: RateLedger): SeenBuckets {
  const seen = new Map<BucketName, RateBucket>();
  return {
    ledger: {
      async bucketOf(name, call) {
        const read = await ledger.bucketOf(name, call);
        if (read.isOk() && read.value !== null) seen.set(name, read.value);
        return read;
      },
      async replaceBucket(name, bucket, call) {
        const replaced = await ledger.replaceBucket(name, bucket, call);
        if (replaced.isOk() && replaced.value.kind === "written") seen.set(name, bucket);
        return replaced;
      },
    },
    last: (name) => seen.get(name) ?? null,
  };
}
