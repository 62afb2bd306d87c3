import {
  type Clock,
  type ConnectionStore,
  type Ingest,
  type Instant,
  type Logger,
  type ScheduleEntry,
  SHARD_COUNT,
  type SourceId,
  type SourceKey,
} from "@bg-ingest/core";
import { createDueHeap } from "./due-heap.ts";
import type { Timers } from "./timers.ts";

/** Tends every source when it is due. What a source needs and when is the ingest's to say; this only keeps the time. */
export interface Scheduler {
  /** Finds all sources; resolves when they are in the schedule, or the store did not answer. A store that is away is asked again until it answers. */
  start(): Promise<void>;
  /** Whether all sources were found once. */
  isStarted(): boolean;
  /** Tends a source now, or as soon as what is being done for it is done. */
  wake(source: SourceKey): void;
  /** How many sources are scheduled, and how many are being tended. */
  counts(): { readonly scheduled: number; readonly tended: number };
  /** Begins nothing more and waits for what was begun; after `graceMs` it is cut off. */
  stop(graceMs: number): Promise<void>;
}

export interface SchedulerDeps {
  readonly ingest: Ingest;
  readonly connections: ConnectionStore;
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

const DRAIN_EVERY_MS = 1_000;

type Lane = "live" | "backfill";

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const due = { live: createDueHeap<SourceKey>(), backfill: createDueHeap<SourceKey>() };
  const running: Record<Lane, Map<SourceId, Promise<void>>> = { live: new Map(), backfill: new Map() };
  const wokenMeanwhile = new Set<SourceId>();
  const cutOff = new AbortController();
  const inHand = new Set<AbortController>();
  let cancelTimer: (() => void) | null = null;
  let cancelDrain: (() => void) | null = null;
  let cancelLook: (() => void) | null = null;
  let isStarted = false;
  let isStopped = false;
  let isTurnAsked = false;

  const isRunning = (sourceId: SourceId) => running.live.has(sourceId) || running.backfill.has(sourceId);
  const scheduled = new Set<SourceId>();
  /** Since when each source that was met is in its phase. */
  const phases = new Map<SourceId, Instant>();

  function put(lane: Lane, source: SourceKey, atMs: number): void {
    due.live.remove(source.sourceId);
    due.backfill.remove(source.sourceId);
    due[lane].put(source.sourceId, atMs, source);
    scheduled.add(source.sourceId);
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

  /** Starts what is due and free to start, then sleeps until the next is. */
  function turn(): void {
    if (isStopped) return;
    startDue("live", deps.limits.livePolls);
    startDue("backfill", deps.limits.backfills);
    sleep();
  }

  function startDue(lane: Lane, limit: number): void {
    while (running[lane].size < limit) {
      const source = due[lane].takeDue(deps.clock.nowMs());
      if (source === undefined) return;
      const work = tend(source).finally(() => {
        running[lane].delete(source.sourceId);
        turnSoon();
      });
      running[lane].set(source.sourceId, work);
    }
  }

  async function tend(source: SourceKey): Promise<void> {
    const own = new AbortController();
    inHand.add(own);
    const cancelDeadline = deps.timers.after(deps.limits.tendSeconds * 1000, () => own.abort());
    const tended = await deps.ingest.tend(source, { signal: own.signal });
    cancelDeadline();
    inHand.delete(own);
    if (isStopped) return;
    const isWoken = wokenMeanwhile.delete(source.sourceId);
    if (isWoken) put("live", source, deps.clock.nowMs());
    else if (tended.nextAtMs === null) scheduled.delete(source.sourceId);
    else put(tended.isBackfillNext ? "backfill" : "live", source, tended.nextAtMs);
  }

  function sleep(): void {
    cancelTimer?.();
    const nextMs = Math.min(nextOf("live", deps.limits.livePolls), nextOf("backfill", deps.limits.backfills));
    cancelTimer = Number.isFinite(nextMs) ? deps.timers.after(Math.max(0, nextMs - deps.clock.nowMs()), turn) : null;
  }

  /** While a lane is full, whoever leaves it takes the next turn. */
  function nextOf(lane: Lane, limit: number): number {
    return running[lane].size >= limit ? Number.POSITIVE_INFINITY : (due[lane].nextAtMs() ?? Number.POSITIVE_INFINITY);
  }

  /** Puts every source that is not in the schedule into it. Answers whether the store answered. */
  async function look(): Promise<boolean> {
    for (let shard = 0; shard < SHARD_COUNT; shard++) {
      for await (const entry of deps.connections.schedule(shard, { signal: cutOff.signal })) {
        if (entry.isErr()) {
          deps.logger.warn({ reason: entry.error.message }, "The store does not tell which sources there are; it is asked again soon.");
          return false;
        }
        meet(entry.value);
      }
    }
    return true;
  }

  /** A source that is new, or was changed by somebody else, is tended now; of tombstones the remains. */
  function meet({ userId, sourceId, phaseSince }: ScheduleEntry): void {
    const known = phases.get(sourceId);
    phases.set(sourceId, phaseSince);
    if (known === phaseSince || (known === undefined && scheduled.has(sourceId))) return;
    if (known !== undefined) deps.ingest.forget(sourceId);
    put("live", { userId, sourceId }, deps.clock.nowMs());
  }

  async function lookAgain(): Promise<void> {
    const isFound = await look();
    if (isStopped) return;
    isStarted ||= isFound;
    turn();
    cancelLook = deps.timers.after((isFound ? deps.limits.lookSeconds : 5) * 1000, () => void lookAgain());
  }

  function cutOffAll(): void {
    cutOff.abort();
    for (const each of inHand) each.abort();
  }

  function drainSoon(): void {
    cancelDrain = deps.timers.after(DRAIN_EVERY_MS, () => void drain());
  }

  async function drain(): Promise<void> {
    if (deps.ingest.waitingDays() > 0) {
      const drained = await deps.ingest.drain({ signal: cutOff.signal });
      if (drained.isErr()) deps.logger.warn({ reason: drained.error.message }, "Events wait: their days cannot be read at the moment.");
    }
    if (!isStopped) drainSoon();
  }

  return {
    async start() {
      await lookAgain();
      drainSoon();
    },
    wake(source) {
      if (isStopped) return;
      if (isRunning(source.sourceId)) wokenMeanwhile.add(source.sourceId);
      else {
        put("live", source, deps.clock.nowMs());
        turn();
      }
    },
    isStarted: () => isStarted,
    counts: () => ({ scheduled: scheduled.size, tended: running.live.size + running.backfill.size }),
    async stop(graceMs) {
      isStopped = true;
      for (const cancel of [cancelTimer, cancelDrain, cancelLook]) cancel?.();
      const cancelGrace = deps.timers.after(graceMs, cutOffAll);
      await Promise.allSettled([...running.live.values(), ...running.backfill.values()]);
      cancelGrace();
      cutOffAll();
    },
  };
}
