import type { ReplicaBeat } from "@bg-ingest/core";

/** Tells by one's own monotonic clock who has announced nothing new for how long; what their clocks say plays no part. */
export interface Silence {
  /** What was found at a moment: who has been silent for too long by then, and in which shards others have changed something since the last time. */
  hear(others: readonly ReplicaBeat[], nowMs: number): Heard;
  /** Nobody is to blame for a silence in which one could not hear. */
  forgive(nowMs: number): void;
}

interface Heard {
  readonly silent: readonly ReplicaBeat[];
  /** Somebody has announced itself anew since it was heard first: it lives. */
  readonly isAnybodyAlive: boolean;
  readonly noticed: ReadonlySet<number>;
}

interface Known {
  readonly beat: number;
  readonly sinceMs: number;
  readonly hasRenewed: boolean;
}

export function createSilence(tooLongMs: number): Silence {
  let known = new Map<string, Known>();
  return {
    hear(others, nowMs) {
      const before = known;
      const noticed = new Set<number>();
      known = new Map();
      for (const { replica, beat, notices } of others) {
        const last = before.get(replica);
        known.set(replica, last?.beat === beat ? last : { beat, sinceMs: nowMs, hasRenewed: last !== undefined });
        for (const notice of notices) if (notice.beat > (last?.beat ?? 0)) noticed.add(notice.shard);
      }
      const isSilent = ({ replica }: ReplicaBeat) => nowMs - (known.get(replica)?.sinceMs ?? nowMs) >= tooLongMs;
      return { silent: others.filter(isSilent), isAnybodyAlive: [...known.values()].some(({ hasRenewed }) => hasRenewed), noticed };
    },
    forgive(nowMs) {
      known = new Map([...known].map(([replica, last]) => [replica, { ...last, sinceMs: nowMs }]));
    },
  };
}
