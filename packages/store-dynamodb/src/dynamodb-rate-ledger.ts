import type { BucketName, RateBucket, RateLedger } from "@bg-ingest/core";
import { compareAndSet, outcomeOf, over, versioned, versionOf } from "./compare-and-set.ts";
import { rateBucketKeyOf } from "./item-keys.ts";
import { getItem } from "./items.ts";
import type { Item, Table } from "./table.ts";

export function createDynamoDbRateLedger(table: Table): RateLedger {
  return {
    bucketOf: (name, call) => getItem(table, rateBucketKeyOf(name), call).map((item) => item && bucketIn(item)),
    replaceBucket: (name, bucket, call) =>
      compareAndSet(table, itemOf(name, bucket), over(bucket.version - 1), call).then((compared) => compared.map(outcomeOf)),
  };
}

function itemOf(name: BucketName, { level, filledAtMs, version }: RateBucket) {
  return versioned(rateBucketKeyOf(name), version, { level: { N: String(level) }, filledAtMs: { N: String(filledAtMs) } });
}

function bucketIn(item: Item): RateBucket {
  return { level: Number(item["level"]?.N), filledAtMs: Number(item["filledAtMs"]?.N), version: versionOf(item) };
}
