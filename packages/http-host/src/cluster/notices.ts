import type { ShardNotice } from "@bg-ingest/core";

/** What others are to hear of with the next announcements. */
export interface Notices {
  add(shard: number, nextBeat: number): void;
  /** Those that an announcement carries: what was said in the last few, too, for who missed one. */
  of(beat: number): readonly ShardNotice[];
}

/** Others look twice as often as anybody speaks. */
const SAID_SO_OFTEN = 4;

export function createNotices(): Notices {
  const firstSaid = new Map<number, number>();
  return {
    add(shard, nextBeat) {
      firstSaid.set(shard, nextBeat);
    },
    of(beat) {
      for (const [shard, said] of firstSaid) if (said <= beat - SAID_SO_OFTEN) firstSaid.delete(shard);
      return [...firstSaid].map(([shard, said]) => ({ shard, beat: said }));
    },
  };
}
