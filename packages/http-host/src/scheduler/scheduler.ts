import {
  type Clock,
  type Cluster,
  type ConnectionStore,
  type Ingest,
  type Logger,
  type Purpose,
  type SourceId,
  shardOf,
  type Tended,
} from "@bg-ingest/core";
import { createDueSources, type DueSources, type ScheduledSource } from "./due-sources.ts";
import { createEventDrain } from "./event-drain.ts";
import { createRenewedStoring } from "./renewed-storing.ts";
import { safely } from "./safely.ts";
import { createShardLook } from "./shard-look.ts";
import type { Timers } from "./timers.ts";

/** Tends every source of this replica's shards when it is due. What a source needs and when is the ingest's to say; this only keeps the time. */
export interface Scheduler {
  /** Finds all sources; resolves when they are in the schedule, or the store did not answer. A store that is away is asked again until it answers. */
  start(): Promise<void>;
  /** Whether all sources were found once. */
  isStarted(): boolean;
  /** Tends a source now, or as soon as what is being done for it is done. One of another replica's is tended once, and then that one is told. */
  wake(source: ScheduledSource): void;
  /**
   * Something was stored for a source that may change when it is due. Another replica's is polled here if a poll is owed: its owner knows nothing
   * of it. Otherwise what is known of it is forgotten.
   */
  recheck(source: ScheduledSource): void;
  /** How many sources are scheduled, and how many are being tended. */
  counts(): { readonly scheduled: number; readonly tended: number };
  /** Begins nothing more and waits for what was begun; after `graceMs` it is cut off. */
  stop(graceMs: number): Promise<void>;
}

export interface SchedulerDeps {
  readonly ingest: Ingest;
  readonly connections: Pick<ConnectionStore, "schedule">;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly limits: SchedulerLimits;
}

export interface SchedulerLimits {
  /** Sources polled at the same time. */
  readonly livePolls: number;
  /** Sources whose history is read at the same time, beside the live ones. */
  readonly backfills: number;
  /** A source that is tended for longer is cut off. */
  readonly tendSeconds: number;
  /** How often sources are looked for that somebody else connected. */
  readonly lookSeconds: number;
}

/** A poll that another replica's source is owed is not tried again here after a longer wait than this. */
const OWED_FOR_AT_MOST_MS = 60_000;

/** A source whose turn ended by a bug is tended again after this. */
const AFTER_A_BUG_MS = 60_000;

/** Whoever does not know whether a source is its own waits until it does. */
const WHILE_UNCERTAIN_MS = 1_000;

const PURPOSES: readonly Purpose[] = ["live", "history"];

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { ingest, connections, cluster, timers, logger, limits } = deps;
  /** On the monotonic clock: one that is set back must not stop anybody from being polled. */
  const due: Record<Purpose, DueSources> = {
    live: createDueSources(deps.limits.livePolls),
    history: createDueSources(deps.limits.backfills),
  };
  const running: Record<Purpose, Map<SourceId, Promise<void>>> = { live: new Map(), history: new Map() };
  const wokenMeanwhile = new Set<SourceId>();
  /** Those of other replicas that are tended here once, and whether their owners are to be told. */
  const visitors = new Map<SourceId, { readonly isTold: boolean }>();
  const scheduled = new Set<SourceId>();
  const cutOff = new AbortController();
  const inHand = new Set<AbortController>();
  const { signal } = cutOff;
  const look = createShardLook({ connections, cluster, timers, logger, lookSeconds: limits.lookSeconds, signal, meet, looked: turn });
  const drain = createEventDrain({ ingest, timers, logger, signal });
  const storing = createRenewedStoring({ ingest, timers, logger, signal });
  let cancelTimer: (() => void) | null = null;
  let isStopped = false;
  let isTurnAsked = false;

  const isRunning = (sourceId: SourceId) => running.live.has(sourceId) || running.history.has(sourceId);

  /** The key alone: whoever wakes a source may hold more of it than is to be kept. */
  function put({ userId, provider, sourceId }: ScheduledSource, tended: Tended): void {
    const source: ScheduledSource = { userId, provider, sourceId };
    unschedule(source);
    const aheadMs = deps.clock.monotonicMs() - deps.clock.nowMs();
    const { liveAtMs, historyAtMs } = tended;
    if (liveAtMs !== null) due.live.put(source, liveAtMs + aheadMs);
    if (historyAtMs !== null) due.history.put(source, historyAtMs + aheadMs);
    if (liveAtMs !== null || historyAtMs !== null) scheduled.add(sourceId);
  }

  const ownershipOf = (sourceId: SourceId) => deps.cluster.ownershipOf(shardOf(sourceId));

  function unschedule(source: ScheduledSource): void {
    for (const purpose of PURPOSES) due[purpose].remove(source);
    scheduled.delete(source.sourceId);
  }

  /** Now, or again as soon as what is being done for it is done. */
  function putNow(source: ScheduledSource): void {
    if (isRunning(source.sourceId)) wokenMeanwhile.add(source.sourceId);
    else put(source, { liveAtMs: deps.clock.nowMs(), historyAtMs: null });
  }

  function visit(source: ScheduledSource, isTold: boolean): void {
    visitors.set(source.sourceId, { isTold: isTold || (visitors.get(source.sourceId)?.isTold ?? false) });
    putNow(source);
  }

  /** Never at once: a crowd of sources that are all due must not keep requests from being answered. */
  function turnSoon(): void {
    if (isTurnAsked) return;
    isTurnAsked = true;
    deps.timers.soon(() => {
      isTurnAsked = false;
      turn();
    });
  }

  /** Starts what is due and free to start, then sleeps until the next is. While there are no places, whoever leaves one takes the next turn. */
  function turn(): void {
    if (isStopped) return;
    for (const purpose of PURPOSES) startDue(purpose);
    sleep();
  }

  function startDue(purpose: Purpose): void {
    for (;;) {
      const source = due[purpose].takeDue(deps.clock.monotonicMs());
      if (source === undefined) return;
      unschedule(source);
      if (!mayStart(source)) {
        due[purpose].leave(source);
        continue;
      }
      scheduled.add(source.sourceId);
      const work = tend(source, purpose).then((tended) => {
        running[purpose].delete(source.sourceId);
        due[purpose].leave(source);
        after(source, tended);
      });
      running[purpose].set(source.sourceId, work);
    }
  }

  /** Whose source it is may have changed since it was scheduled; and this replica may not know at the moment. */
  function mayStart(source: ScheduledSource): boolean {
    if (visitors.has(source.sourceId)) return true;
    const ownership = ownershipOf(source.sourceId);
    if (ownership === "uncertain") put(source, { liveAtMs: deps.clock.nowMs() + WHILE_UNCERTAIN_MS, historyAtMs: null });
    if (ownership === "foreign") drop(source);
    return ownership === "own";
  }

  /** Nothing is kept of a source that another replica asks for. What is being done for it ends by itself, and comes here then. */
  function drop(source: ScheduledSource): void {
    if (isRunning(source.sourceId)) return;
    look.lose(source.sourceId);
    unschedule(source);
    deps.ingest.forget(source.sourceId);
  }

  function after(source: ScheduledSource, tended: Tended): void {
    if (isStopped) return;
    if (ownershipOf(source.sourceId) === "foreign") {
      afterVisit(source, tended);
      turnSoon();
      return;
    }
    visitors.delete(source.sourceId);
    scheduled.delete(source.sourceId);
    const isWoken = wokenMeanwhile.delete(source.sourceId);
    put(source, isWoken ? { ...tended, liveAtMs: deps.clock.nowMs() } : tended);
    turnSoon();
  }

  /** A poll that is owed and could not be done is tried again here while that is soon; later than that, its owner asks anyway. */
  function afterVisit(source: ScheduledSource, tended: Tended): void {
    const isTold = visitors.get(source.sourceId)?.isTold ?? false;
    const isWoken = wokenMeanwhile.delete(source.sourceId);
    const waitMs = (tended.liveAtMs ?? Infinity) - deps.clock.nowMs();
    const isAgain = waitMs <= OWED_FOR_AT_MOST_MS && deps.ingest.isPollOwed(source.sourceId);
    if (isWoken || isAgain) {
      visitors.set(source.sourceId, { isTold });
      put(source, { liveAtMs: isWoken ? deps.clock.nowMs() : tended.liveAtMs, historyAtMs: null });
      return;
    }
    visitors.delete(source.sourceId);
    drop(source);
    if (isTold) deps.cluster.tell(shardOf(source.sourceId));
  }

  async function tend(source: ScheduledSource, purpose: Purpose): Promise<Tended> {
    const own = new AbortController();
    inHand.add(own);
    const cancelDeadline = deps.timers.after(deps.limits.tendSeconds * 1000, () => own.abort());
    const tended = await safely(deps.logger, () => deps.ingest.tend(source, purpose, { signal: own.signal }), `source ${source.sourceId}`);
    cancelDeadline();
    inHand.delete(own);
    return tended ?? { liveAtMs: deps.clock.nowMs() + AFTER_A_BUG_MS, historyAtMs: null };
  }

  function sleep(): void {
    cancelTimer?.();
    const nextMs = Math.min(...PURPOSES.map((purpose) => due[purpose].nextAtMs()));
    cancelTimer = Number.isFinite(nextMs) ? deps.timers.after(Math.max(0, nextMs - deps.clock.monotonicMs()), turn) : null;
  }

  /** A source that is new, or was changed by somebody else, is tended now; of tombstones the remains. */
  function meet(source: ScheduledSource, isNew: boolean): void {
    if (isNew && scheduled.has(source.sourceId)) return;
    if (!isNew) deps.ingest.forget(source.sourceId);
    putNow(source);
  }

  /** Shards came or went, or somebody else changed something in one of them. */
  function sharedOut(shards: ReadonlySet<number>): void {
    for (const shard of shards) {
      look.note(shard);
      if (deps.cluster.ownershipOf(shard) !== "foreign") continue;
      for (const source of look.foundIn(shard)) if (!visitors.has(source.sourceId)) drop(source);
    }
    look.atNoted();
  }

  function cutOffAll(): void {
    cutOff.abort();
    for (const each of inHand) each.abort();
  }

  return {
    async start() {
      // Before anything is tended, and however long the first look takes.
      storing.start();
      await deps.cluster.start(sharedOut);
      await look.around();
      drain.start();
    },
    wake(source) {
      if (isStopped) return;
      if (ownershipOf(source.sourceId) === "foreign") visit(source, true);
      else putNow(source);
      turnSoon();
    },
    recheck(source) {
      if (isStopped) return;
      if (ownershipOf(source.sourceId) !== "foreign") putNow(source);
      else if (deps.ingest.isPollOwed(source.sourceId)) visit(source, false);
      else if (!visitors.has(source.sourceId)) drop(source);
      turnSoon();
    },
    isStarted: () => look.isDone(),
    counts: () => ({ scheduled: scheduled.size, tended: running.live.size + running.history.size }),
    async stop(graceMs) {
      isStopped = true;
      cancelTimer?.();
      const begun = [look.stop(), drain.stop(), storing.stop()];
      const cancelGrace = deps.timers.after(graceMs, cutOffAll);
      // At once, so that others go on where this one ends.
      const left = safely(deps.logger, () => deps.cluster.leave(), "leaving the other replicas");
      await storing.toTheLast(Promise.allSettled([...running.live.values(), ...running.history.values(), ...begun, left]));
      cancelGrace();
      cutOffAll();
    },
  };
}
