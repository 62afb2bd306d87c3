import { SHARD_COUNT } from "./connection-store.ts";

/**
 * The replica that owns a shard, by rendezvous hashing: of all that are there, the one with the highest score for it. Whoever comes or goes
 * moves only the shards that are its own. `null` where nobody is there. The same on every machine for ever, in any order of `replicas`.
 */
export function ownerOf(shard: number, replicas: Iterable<string>): string | null {
  let owner: string | null = null;
  let highest = -1;
  for (const replica of replicas) {
    const score = scoreOf(shard, replica);
    if (score < highest || (score === highest && owner !== null && replica > owner)) continue;
    owner = replica;
    highest = score;
  }
  return owner;
}

/** The shards of one among all that are there. */
export function shardsOf(replica: string, replicas: readonly string[]): ReadonlySet<number> {
  return new Set(Array.from({ length: SHARD_COUNT }, (_, shard) => shard).filter((shard) => ownerOf(shard, replicas) === replica));
}

/** 32-bit FNV-1a of the name, then the shard, spread by the last steps of MurmurHash3. */
function scoreOf(shard: number, replica: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < replica.length; i++) hash = Math.imul(hash ^ replica.charCodeAt(i), 0x01000193);
  hash ^= Math.imul(shard + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
