/** What a replica is to a shard. `uncertain`: its own as far as it knows, but it has not heard from the store for a while; others may have it by now. */
export type Ownership = "own" | "uncertain" | "foreign";

/**
 * Who of all replicas asks for which sources: shards are shared out, each to one. Ownership only saves work: a source that two ask for is
 * stored once all the same.
 */
export interface Cluster {
  /**
   * Takes part from now on. Resolves once the first look around has its answer, or failed; it is repeated until it succeeds. `onChange` hears of
   * shards that came or went, and of own ones in which another replica changed something.
   */
  start(onChange: (shards: ReadonlySet<number>) => void): Promise<void>;

  ownershipOf(shard: number): Ownership;

  /** A source of a foreign shard was changed here: its owner hears of it soon. */
  tell(shard: number): void;

  /** Why this replica takes part in nothing, in words for whoever runs it; `null` where it does. */
  trouble(): string | null;

  /** Takes no further part: its shards go to the others at once. */
  leave(): Promise<void>;
}
