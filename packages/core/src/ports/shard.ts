import type { SourceId } from "../reading/identifiers.ts";
import { SHARD_COUNT } from "./connection-store.ts";

/** 32-bit FNV-1a: spreads sources over shards and over the moments of an interval, the same on every machine for ever. */
export function spreadOf(sourceId: SourceId): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < sourceId.length; i++) {
    hash = Math.imul(hash ^ sourceId.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

export function shardOf(sourceId: SourceId): number {
  return spreadOf(sourceId) % SHARD_COUNT;
}
