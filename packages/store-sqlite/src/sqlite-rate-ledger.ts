import type { DatabaseSync } from "node:sqlite";
import type { RateBucket, RateLedger } from "@bg-ingest/core";
import { answer } from "./attempt.ts";
import type { WriteBatcher } from "./write-batcher.ts";

export function createSqliteRateLedger(database: DatabaseSync, batcher: WriteBatcher): RateLedger {
  const find = database.prepare("SELECT level, filled_at_ms AS filledAtMs, version FROM rate_buckets WHERE provider = ?");
  const insert = database.prepare(
    "INSERT INTO rate_buckets (level, filled_at_ms, version, provider) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const update = database.prepare("UPDATE rate_buckets SET level = ?, filled_at_ms = ?, version = ? WHERE provider = ? AND version = ?");
  return {
    bucketOf: (name, call) => answer(call, () => bucketOf(find.get(name))),
    replaceBucket: (name, { level, filledAtMs, version }, call) =>
      batcher.write(() => {
        const { changes } =
          version === 1 ? insert.run(level, filledAtMs, version, name) : update.run(level, filledAtMs, version, name, version - 1);
        return { kind: changes === 1 ? "written" : "conflict" };
      }, call),
  };
}

function bucketOf(row: unknown): RateBucket | null {
  return row === undefined ? null : { ...(row as RateBucket) };
}
