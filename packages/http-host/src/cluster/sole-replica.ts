import type { Cluster } from "@bg-ingest/core";

/** One process that has the store to itself: every shard is its own, and nobody is told of it. */
export const soleReplica: Cluster = {
  start: async () => undefined,
  ownershipOf: () => "own",
  tell: () => undefined,
  trouble: () => null,
  leave: async () => undefined,
};
