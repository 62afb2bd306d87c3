import { type Cluster, type ConnectionStore, type Logger, type ScheduleEntry, SHARD_COUNT, type SourceId, shardOf } from "@bg-ingest/core";
import type { ScheduledSource } from "./due-sources.ts";
import { safely } from "./safely.ts";
import type { Timers } from "./timers.ts";

/** Looks through this replica's shards for sources, once in a while and whenever something changed in one; a store that is away is asked again. */
export interface ShardLook {
  /** Looks through all shards; resolves when that is done, or the store did not answer. */
  around(): Promise<void>;
  /** Whether all was looked through once. */
  isDone(): boolean;
  /** Has this shard looked through with the next look. */
  note(shard: number): void;
  /** Looks through what was noted, unless nobody has looked around yet: that will see it as well. */
  atNoted(): void;
  /** What was found in a shard. */
  foundIn(shard: number): readonly ScheduledSource[];
  /** When this source is found again, it is new. */
  lose(sourceId: SourceId): void;
  /** Begins nothing more. Answers when what was begun is done. */
  stop(): Promise<unknown>;
}

export interface ShardLookDeps {
  readonly connections: Pick<ConnectionStore, "schedule">;
  readonly cluster: Cluster;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly lookSeconds: number;
  /** Cuts off what is being read. */
  readonly signal: AbortSignal;
  /** A source that is new, or was changed by somebody else since it was found. */
  meet(source: ScheduledSource, isNew: boolean): void;
  /** After each look. */
  looked(): void;
}

interface Met extends Pick<ScheduleEntry, "phase" | "phaseSince"> {
  readonly source: ScheduledSource;
}

const ASK_AGAIN_MS = 5_000;

const ALL_SHARDS: readonly number[] = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
/** Shards that are looked through at the same time. */
const LOOKS_AT_ONCE = 8;

export function createShardLook(deps: ShardLookDeps): ShardLook {
  /** What the store said of each source, shard by shard. */
  const met = new Map<number, Map<SourceId, Met>>();
  /** Shards that have to be looked through. */
  const unseen = new Set<number>();
  let looking: Promise<unknown> | null = null;
  let cancelLook: (() => void) | null = null;
  let isLookedAround = false;
  let isDone = false;
  let isStopped = false;

  function metIn(shard: number): Map<SourceId, Met> {
    const known = met.get(shard) ?? new Map<SourceId, Met>();
    met.set(shard, known);
    return known;
  }

  function around(): Promise<void> {
    isLookedAround = true;
    for (const shard of ALL_SHARDS) unseen.add(shard);
    return look();
  }

  /** One look at a time; what comes up meanwhile is part of it. */
  async function look(): Promise<void> {
    if (looking !== null || isStopped) return;
    const found = safely(deps.logger, lookThrough, "looking for sources");
    looking = found;
    const isFound = (await found) ?? false;
    looking = null;
    if (isStopped) return;
    isDone ||= isFound;
    deps.looked();
    if (isFound && unseen.size > 0) return look();
    cancelLook?.();
    cancelLook = isFound
      ? deps.timers.after(deps.lookSeconds * 1000, () => void around())
      : deps.timers.after(ASK_AGAIN_MS, () => void look());
  }

  /** Looks through what is unseen of one's own shards, a few at a time. Answers whether the store answered. */
  async function lookThrough(): Promise<boolean> {
    let isAnswered = true;
    const lookOn = async (): Promise<void> => {
      for (let shard = nextUnseen(); shard !== undefined && isAnswered; shard = nextUnseen()) {
        unseen.delete(shard);
        if (await lookAt(shard)) continue;
        unseen.add(shard);
        isAnswered = false;
      }
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lookOn));
    return isAnswered;
  }

  function nextUnseen(): number | undefined {
    for (const shard of unseen) {
      if (deps.cluster.ownershipOf(shard) !== "foreign") return shard;
      unseen.delete(shard);
    }
    return undefined;
  }

  async function lookAt(shard: number): Promise<boolean> {
    const found = new Set<SourceId>();
    for await (const entry of deps.connections.schedule(shard, { signal: deps.signal })) {
      if (entry.isErr()) {
        deps.logger.warn({ reason: entry.error.message }, "The store does not tell which sources there are; it is asked again soon.");
        return false;
      }
      found.add(entry.value.sourceId);
      if (deps.cluster.ownershipOf(shard) !== "foreign") meet(metIn(shard), entry.value);
    }
    for (const sourceId of metIn(shard).keys()) if (!found.has(sourceId)) metIn(shard).delete(sourceId);
    return true;
  }

  /** Two changes may be of the same second, or of two clocks that disagree. */
  function meet(ofShard: Map<SourceId, Met>, { userId, provider, sourceId, phase, phaseSince }: ScheduleEntry): void {
    const source: ScheduledSource = { userId, provider, sourceId };
    const known = ofShard.get(sourceId);
    ofShard.set(sourceId, { source, phase, phaseSince });
    if (known?.phase !== phase || known.phaseSince !== phaseSince) deps.meet(source, known === undefined);
  }

  return {
    around,
    isDone: () => isDone,
    note: (shard) => void unseen.add(shard),
    atNoted() {
      if (isLookedAround) void look();
    },
    foundIn: (shard) => Array.from(metIn(shard).values(), ({ source }) => source),
    lose: (sourceId) => void metIn(shardOf(sourceId)).delete(sourceId),
    stop() {
      isStopped = true;
      cancelLook?.();
      return Promise.resolve(looking);
    },
  };
}
