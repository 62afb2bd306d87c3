import {
  type Clock,
  type ConnectionStore,
  type Ingest,
  type Instant,
  type Logger,
  type Purpose,
  type ScheduleEntry,
  SHARD_COUNT,
  type SourceId,
  type Tended,
} from "@bg-ingest/core";
import { createDueSources, type DueSources, type ScheduledSource } from "./due-sources.ts";
import type { Timers } from "./timers.ts";

/** Tends every source when it is due. What a source needs and when is the ingest's to say; this only keeps the time. */
export interface Scheduler {
  /** Finds all sources; resolves when they are in the schedule, or the store did not answer. A store that is away is asked again until it answers. */
  start(): Promise<void>;
  /** Whether all sources were found once. */
  isStarted(): boolean;
  /** Tends a source now, or as soon as what is being done for it is done. */
  wake(source: ScheduledSource): void;
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

/** A source whose turn ended by a bug is tended again after this. */
const AFTER_A_BUG_MS = 60_000;

const PURPOSES: readonly Purpose[] = ["live", "history"];

export function createScheduler(deps: SchedulerDeps): Scheduler {
  /** On the monotonic clock: one that is set back must not stop anybody from being polled. */
  const due: Record<Purpose, DueSources> = {
    live: createDueSources(deps.limits.livePolls),
    history: createDueSources(deps.limits.backfills),
  };
  const running: Record<Purpose, Map<SourceId, Promise<void>>> = { live: new Map(), history: new Map() };
  const wokenMeanwhile = new Set<SourceId>();
  const scheduled = new Set<SourceId>();
  /** Since when each source that was met is in its phase. */
  const phases = new Map<SourceId, Instant>();
  const cutOff = new AbortController();
  const inHand = new Set<AbortController>();
  let cancelTimer: (() => void) | null = null;
  let cancelDrain: (() => void) | null = null;
  let cancelLook: (() => void) | null = null;
  let looking: Promise<unknown> = Promise.resolve();
  let draining: Promise<unknown> = Promise.resolve();
  let isStarted = false;
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

  function unschedule(source: ScheduledSource): void {
    for (const purpose of PURPOSES) due[purpose].remove(source);
    scheduled.delete(source.sourceId);
  }

  /** Now, or again as soon as what is being done for it is done. */
  function putNow(source: ScheduledSource): void {
    if (isRunning(source.sourceId)) wokenMeanwhile.add(source.sourceId);
    else put(source, { liveAtMs: deps.clock.nowMs(), historyAtMs: null });
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
      scheduled.add(source.sourceId);
      const work = tend(source, purpose).then((tended) => {
        running[purpose].delete(source.sourceId);
        due[purpose].leave(source);
        after(source, tended);
      });
      running[purpose].set(source.sourceId, work);
    }
  }

  function after(source: ScheduledSource, tended: Tended): void {
    if (isStopped) return;
    scheduled.delete(source.sourceId);
    const isWoken = wokenMeanwhile.delete(source.sourceId);
    put(source, isWoken ? { ...tended, liveAtMs: deps.clock.nowMs() } : tended);
    turnSoon();
  }

  /** Never rejects: whatever one source's turn throws is a bug of that turn, and nobody else's. */
  async function tend(source: ScheduledSource, purpose: Purpose): Promise<Tended> {
    const own = new AbortController();
    inHand.add(own);
    const cancelDeadline = deps.timers.after(deps.limits.tendSeconds * 1000, () => own.abort());
    const tended = await safely(() => deps.ingest.tend(source, purpose, { signal: own.signal }), `source ${source.sourceId}`);
    cancelDeadline();
    inHand.delete(own);
    return tended ?? { liveAtMs: deps.clock.nowMs() + AFTER_A_BUG_MS, historyAtMs: null };
  }

  async function safely<T>(work: () => Promise<T>, what: string): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      deps.logger.error({ error, reason: what }, "A bug: something threw that must not. Nothing stored is affected; it is tried again.");
      return undefined;
    }
  }

  function sleep(): void {
    cancelTimer?.();
    const nextMs = Math.min(...PURPOSES.map((purpose) => due[purpose].nextAtMs()));
    cancelTimer = Number.isFinite(nextMs) ? deps.timers.after(Math.max(0, nextMs - deps.clock.monotonicMs()), turn) : null;
  }

  /** Puts every source that is not in the schedule into it. Answers whether the store answered. */
  async function look(): Promise<boolean> {
    const met = new Set<SourceId>();
    for (let shard = 0; shard < SHARD_COUNT; shard++) {
      for await (const entry of deps.connections.schedule(shard, { signal: cutOff.signal })) {
        if (entry.isErr()) {
          deps.logger.warn({ reason: entry.error.message }, "The store does not tell which sources there are; it is asked again soon.");
          return false;
        }
        met.add(entry.value.sourceId);
        meet(entry.value);
      }
    }
    for (const sourceId of phases.keys()) if (!met.has(sourceId)) phases.delete(sourceId);
    return true;
  }

  /** A source that is new, or was changed by somebody else, is tended now; of tombstones the remains. */
  function meet({ userId, provider, sourceId, phaseSince }: ScheduleEntry): void {
    const known = phases.get(sourceId);
    phases.set(sourceId, phaseSince);
    if (known === phaseSince || (known === undefined && scheduled.has(sourceId))) return;
    if (known !== undefined) deps.ingest.forget(sourceId);
    putNow({ userId, provider, sourceId });
  }

  async function lookAgain(): Promise<void> {
    const found = safely(look, "looking for sources");
    looking = found;
    const isFound = (await found) ?? false;
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
    if (deps.ingest.isWaiting()) {
      const publishing = safely(() => deps.ingest.drain({ signal: cutOff.signal }), "publishing what waits");
      draining = publishing;
      const drained = await publishing;
      if (drained?.isErr()) deps.logger.warn({ reason: drained.error.message }, "Events wait: their days cannot be read at the moment.");
    }
    if (!isStopped) drainSoon();
  }

  return {
    async start() {
      await lookAgain();
      if (!isStopped) drainSoon();
    },
    wake(source) {
      if (isStopped) return;
      putNow(source);
      turnSoon();
    },
    isStarted: () => isStarted,
    counts: () => ({ scheduled: scheduled.size, tended: running.live.size + running.history.size }),
    async stop(graceMs) {
      isStopped = true;
      for (const cancel of [cancelTimer, cancelDrain, cancelLook]) cancel?.();
      const cancelGrace = deps.timers.after(graceMs, cutOffAll);
      await Promise.allSettled([...running.live.values(), ...running.history.values(), looking, draining]);
      cancelGrace();
      cutOffAll();
    },
  };
}
