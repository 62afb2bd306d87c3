import type { DatabaseSync } from "node:sqlite";
import type { SourceId, SourceKey, UserId } from "@bg-ingest/core";
import { dayIdsOf } from "./day-id.ts";

export interface OwnedSource {
  readonly key: number;
  readonly sourceId: SourceId;
}

/**
 * A small number in place of user and source id, which would otherwise stand beside every day. Kept while anything is stored under it, and
 * never given out again: whoever still reads under the key of a source that was erased must not find somebody else's days there.
 */
export interface SourceKeys {
  find(source: SourceKey): number | null;
  make(source: SourceKey): number;
  ofUser(userId: UserId): readonly OwnedSource[];
  /** Forgets a key under which nothing is stored any more, and with it the user's name. */
  forgetUnused(key: number): void;
}

/** The only question a reader asks. */
export type SourceKeyReader = Pick<SourceKeys, "find" | "ofUser">;

export function createSourceKeyReader(database: DatabaseSync): SourceKeyReader {
  const find = database.prepare("SELECT key FROM source_keys WHERE user = ? AND source = ?");
  const ofUser = database.prepare("SELECT key, source AS sourceId FROM source_keys WHERE user = ?");
  return {
    find: ({ userId, sourceId }) => (find.get(userId, sourceId) as { readonly key: number } | undefined)?.key ?? null,
    ofUser: (userId) => ofUser.all(userId) as unknown as readonly OwnedSource[],
  };
}

export function createSourceKeys(database: DatabaseSync): SourceKeys {
  const reader = createSourceKeyReader(database);
  const insert = database.prepare("INSERT INTO source_keys (user, source) VALUES (?, ?)");
  const forget = database.prepare(`
    DELETE FROM source_keys WHERE key = :key
      AND NOT EXISTS (SELECT 1 FROM days WHERE id BETWEEN :first AND :last)
      AND NOT EXISTS (SELECT 1 FROM secrets WHERE source = :key)
      AND NOT EXISTS (SELECT 1 FROM set_aside WHERE source = :key)`);
  return {
    ...reader,
    make: (source) => reader.find(source) ?? Number(insert.run(source.userId, source.sourceId).lastInsertRowid),
    forgetUnused: (key) => void forget.run({ key, ...dayIdsOf(key) }),
  };
}
