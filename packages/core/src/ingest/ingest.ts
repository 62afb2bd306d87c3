import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import { dropSecrets } from "../connection/drop-secrets.ts";
import { isHistoryRead } from "../connection/history-read.ts";
import { providerOf } from "../connection/provider-of.ts";
import { createRefresher } from "../connection/refresher.ts";
import { giveUpUnfinished } from "../connection/unfinished.ts";
import type { Call } from "../ports/call.ts";
import type { SourceKey } from "../ports/connection-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Delivery, Verdict } from "../ports/work-queue.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { RenewingDeps } from "./asking/credentials.ts";
import { held, workDelivery } from "./deliveries/deliveries.ts";
import { afterLastWork, NOT_AGAIN, nextOf, type Tended, withSweep } from "./due.ts";

import { eraseUser } from "./erasing/erase-user.ts";
import { asItIs, isSweepDue, nextSweepAt, sweepIfDue } from "./erasing/sweep.ts";
import { inheritedWaitMs, isAsked, settleFailed, writeOwedHealth } from "./health/settle.ts";
import { warnIfUnwritten } from "./health/warn-if-unwritten.ts";
import { createLanes } from "./lanes.ts";
import { createPublisher } from "./publishing/publisher.ts";
import { recover } from "./recovery/recover.ts";
import { type IngestDeps, nowOf } from "./source/ingest-deps.ts";
import { createRecentPolls, type RecentPolls } from "./source/recent-polls.ts";
import { refreshRecord } from "./source/record-writes.ts";
import { type KnownSource, knownOf, type RememberedSource, rememberedOf } from "./source/remembered.ts";
import { latestNow, newState, type Purpose, type SourceState } from "./source/source-state.ts";
import { tendLiving } from "./tend-living.ts";

/** What the owner of a source does for it. One thing at a time happens to each source; sources do not wait for each other. */
export interface Ingest {
  /** Does what is due: recovery, a poll, a window of backfill, the daily raise of `openFrom`. */
  tend(source: SourceKey, purpose: Purpose, call: Call): Promise<Tended>;
  /**
   * Has the next `tend` poll without waiting for a slot. Backoff and what the provider asked for still hold. `recent`: there was a good poll
   * here less than a minute ago, and no other is made for the asking.
   */
  wantPoll(source: SourceKey, call: CallBy): Promise<Result<"wanted" | "recent" | "not_asked", StoreError | AccessRefused>>;
  /** Stores what a delivery brought. Where it says that there is more, or cannot be read, a poll is owed here afterwards. */
  work(delivery: Delivery, call: Call): Promise<Verdict>;
  /** Publishes what waits for the bus. */
  drain(call: Call): Promise<Result<void, StoreError>>;
  /** Ends all sources of a user. When this answers, nobody sees a byte of them; what is stored is deleted, and swept again later. */
  erase(userId: UserId, call: CallBy): Promise<Result<"erased" | "unknown_user", StoreError | AccessRefused>>;
  /** The record of this source was changed by somebody else: nothing remembered of it holds. */
  forget(sourceId: SourceId): void;
  /** Whether the next `tend` here polls, as soon as it may, without waiting for a slot. */
  isPollOwed(sourceId: SourceId): boolean;
  /** What is remembered of a source, `null` if it is not tended here. */
  remembered(sourceId: SourceId): RememberedSource | null;
  /** Tells the bus how a source is now, after somebody changed its record; what it does not take now waits here. */
  tellState(record: SourceRecord, call: Call): Promise<void>;
  /** Whether anything waits for the bus. */
  isWaiting(): boolean;
  /**
   * Tries again to store renewed credentials that the store did not take, of sources that are not tended here any more as well. Answers of
   * how many sources it still does not: whoever ends with them ends those grants. To be called every second; while nothing is held that costs nothing.
   */
  storeRenewed(): Promise<number>;
  /** How much does. */
  waiting(): WaitingForBus;
  /** How each living source was when it was last tended here. */
  known(): Iterable<KnownSource>;
}

interface WaitingForBus {
  /** Days with commits that were not told. */
  readonly days: number;
  /** Sources whose state was not told. */
  readonly states: number;
}

export function createIngest(given: IngestDeps): Ingest {
  const deps: RenewingDeps = { ...given, refresher: createRefresher(given), recentPolls: createRecentPolls(given.clock) };
  const lanes = createLanes();
  /** By person: what an erased source left is noted in the record of the one that took its place, and both are tended. */
  const sweepLanes = createLanes();
  const states = new Map<SourceId, SourceState>();
  const publisher = createPublisher(deps);
  const turns = new Map<SourceId, AbortController>();

  /** `null` if there is no such living source. */
  async function load(source: SourceKey, call: Call): Promise<Result<SourceState | null, StoreError>> {
    const known = states.get(source.sourceId);
    if (known !== undefined && !known.isEnded) return stillLiving(known, call);
    if (known !== undefined) end(source.sourceId);
    const records = await deps.connections.recordsOf(source.userId, call);
    if (records.isErr()) return err(records.error);
    const record = records.value.find(({ sourceId, phase }) => sourceId === source.sourceId && phase !== "erased");
    if (record === undefined) return ok(null);
    const state = newState(record);
    state.recordReadMs = deps.clock.monotonicMs();
    state.live.notBeforeMs = deps.clock.monotonicMs() + inheritedWaitMs(record, nowOf(deps.clock));
    // Which of the two was refused nobody wrote down: a source is not well before its history, too, has had a good answer.
    state.history.isRefused = isHistoryRead(record) && (record.health.kind === "stopped" || record.health.kind === "failing");
    states.set(source.sourceId, state);
    return ok(state);
  }

  /** A record that was read long ago may be of a source that somebody else has erased, disconnected or connected anew. */
  async function stillLiving(state: SourceState, call: Call): Promise<Result<SourceState | null, StoreError>> {
    if (deps.clock.monotonicMs() - state.recordReadMs < RECORD_HOLDS_MS) return ok(state);
    const refreshed = await refreshRecord(deps, state, call);
    if (refreshed.isOk()) return ok(state);
    if (!state.isEnded) return err(refreshed.error);
    end(state.record.sourceId);
    return ok(null);
  }

  async function ready(source: SourceKey, call: Call): Promise<Result<SourceState | null, StoreError>> {
    const loaded = await load(source, call);
    if (loaded.isErr() || loaded.value === null || loaded.value.isRecovered) return loaded;
    const recovered = await recover(deps, publisher, loaded.value, call);
    if (recovered.isOk() && isToldAnew(loaded.value.record, nowOf(deps.clock))) await publisher.tellStateOnce(loaded.value.record, call);
    return recovered.map(() => loaded.value);
  }

  async function tendInLane(source: SourceKey, purpose: Purpose, call: Call): Promise<Tended> {
    const loaded = await ready(source, call);
    if (loaded.isErr()) return unreadable(source, loaded.error, call);
    const state = loaded.value;
    if (state === null) return tendTombstone(source, call);
    latestNow(state, deps.clock);
    const swept = await sweepInTurn(state.record, call);
    if (swept.isOk()) take(state, swept.value);
    const owed = await writeOwedHealth(deps, publisher, state, call);
    if (owed.isErr() && !state.isEnded) return afterStoreError(deps, state, owed.error);
    if (!state.isEnded) await tendLiving(deps, publisher, state, purpose, call);
    if (!state.isEnded) {
      const finished = await giveUpUnfinished(deps.connections, state.record, nowOf(deps.clock), call);
      if (finished.isErr()) return afterStoreError(deps, state, finished.error);
      take(state, finished.value);
    }
    if (state.isEnded) {
      end(source.sourceId);
      return tendTombstone(source, call);
    }
    // Whoever disconnected it may have died before they were deleted, or been of a version that kept them.
    const dropped = state.record.phase === "disconnected" ? await dropSecrets(deps.connections, state.record, call) : ok(undefined);
    if (dropped.isErr()) return afterStoreError(deps, state, dropped.error);
    const provider = providerOf(deps.providers, state.record);
    const next = provider !== undefined && isAsked(state.record) ? nextOf(deps, state, provider) : afterLastWork(deps, state);
    state.nextPollAtMs = isAsked(state.record) ? next.liveAtMs : null;
    return withSweep(deps, next, state.record);
  }

  /** A store that is away is asked again soon; what it holds and cannot be read is told as the state of the source. */
  async function unreadable(source: SourceKey, error: StoreError, call: Call): Promise<Tended> {
    const state = states.get(source.sourceId);
    if (error.kind === "retry" || state === undefined) return afterStoreError(deps, state, error);
    warnIfUnwritten(deps, state, await settleFailed(deps, publisher, state, "live", { at: "store", error }, call));
    const waitMs = Math.max(STORE_AWAY_WAIT_MS, state.live.notBeforeMs - deps.clock.monotonicMs());
    return { liveAtMs: deps.clock.nowMs() + waitMs, historyAtMs: null };
  }

  function take(state: SourceState, record: SourceRecord): void {
    state.isEnded ||= record.sourceId !== state.record.sourceId || record.phase === "erased";
    if (!state.isEnded) state.record = record;
  }

  /** Whoever was here before may have swept it. */
  async function sweepInTurn(record: SourceRecord, call: Call): Promise<Result<SourceRecord, StoreError>> {
    if (!isSweepDue(deps, record)) return ok(record);
    return sweepLanes.run(record.userId, async () => {
      const now = await asItIs(deps, record, call);
      return now.isErr() ? err(now.error) : sweepIfDue(deps, publisher, now.value, call);
    });
  }

  /** The source lives no more: what it left is swept until nothing can land any more. Once another has taken its place, whoever tends that one does it. */
  async function tendTombstone(source: SourceKey, call: Call): Promise<Tended> {
    const records = await deps.connections.recordsOf(source.userId, call);
    if (records.isErr()) return afterStoreError(deps, undefined, records.error);
    const record = records.value.find(({ sourceId, phase }) => sourceId === source.sourceId && phase === "erased");
    if (record === undefined) return NOT_AGAIN;
    const swept = await sweepInTurn(record, call);
    if (swept.isErr()) return afterStoreError(deps, undefined, swept.error);
    const next = nextSweepAt(swept.value);
    return next === null ? NOT_AGAIN : withSweep(deps, NOT_AGAIN, swept.value);
  }

  /** Nothing remembered of the source holds but what waits for the bus, and renewed credentials that wait for the store: that holds however the source is changed. */
  function forget(sourceId: SourceId): void {
    states.delete(sourceId);
    turns.get(sourceId)?.abort();
  }

  /** One turn of a source, cut short when the source is forgotten. */
  async function turn(source: SourceKey, purpose: Purpose, call: Call): Promise<Tended> {
    const own = new AbortController();
    turns.set(source.sourceId, own);
    const tended = await tendInLane(source, purpose, { signal: AbortSignal.any([call.signal, own.signal]) });
    turns.delete(source.sourceId);
    return tended;
  }

  function end(sourceId: SourceId): void {
    forget(sourceId);
    publisher.endSource(sourceId);
    deps.refresher.end(sourceId);
  }

  async function workInLane(delivery: Delivery, call: Call): Promise<Verdict> {
    const loaded = await ready(delivery, call);
    if (loaded.isErr()) return held(states.get(delivery.sourceId) ?? { deliveriesHeld: 2 });
    const state = loaded.value;
    if (state === null) return { kind: "done" };
    const verdict = await workDelivery(deps, publisher, state, delivery, call);
    return state.isPollOwed && !state.isEnded ? owing(delivery, state, verdict, call) : verdict;
  }

  /** Forgotten meanwhile, the source owes its poll all the same: whoever comes next would not know. */
  async function owing(delivery: Delivery, { record }: SourceState, verdict: Verdict, call: Call): Promise<Verdict> {
    if (states.has(record.sourceId)) return verdict;
    const again = await load(delivery, call);
    if (again.isErr()) return held({ deliveriesHeld: 2 });
    if (again.value !== null) again.value.isPollOwed = true;
    return verdict;
  }

  function isPollOwed(sourceId: SourceId): boolean {
    const state = states.get(sourceId);
    if (state === undefined || !state.isPollOwed || !isAsked(state.record)) return false;
    return providerOf(deps.providers, state.record)?.provider.poll !== undefined;
  }

  return {
    tend: (source, purpose, call) => lanes.run(source.sourceId, () => turn(source, purpose, call)),
    async wantPoll(source, call) {
      const permitted = permit(call.caller, "write", source.userId);
      if (permitted.isErr()) return err(permitted.error);
      const known = states.get(source.sourceId);
      if (known !== undefined) return ok(wantPoll(known, deps.recentPolls));
      return lanes.run(source.sourceId, async () => (await load(source, call)).map((state) => wantPoll(state, deps.recentPolls)));
    },
    work: (delivery, call) => lanes.run(delivery.sourceId, () => workInLane(delivery, call)),
    drain: (call) => publisher.drain(call),
    erase: (userId, call) =>
      eraseUser(
        deps,
        publisher,
        { forget, end, inLanesOf: (sourceIds, work) => lanes.runInAll(sourceIds, () => sweepLanes.run(userId, work)) },
        userId,
        call,
      ),
    forget,
    isPollOwed,
    remembered: (sourceId) => rememberedOf(deps, states.get(sourceId)),
    tellState: (record, call) => publisher.tellState(record, call),
    isWaiting: () => publisher.waitingDays() + publisher.waitingStates() > 0,
    storeRenewed: () => deps.refresher.storeKept(),
    waiting: () => ({ days: publisher.waitingDays(), states: publisher.waitingStates() }),
    *known() {
      for (const state of states.values()) if (!state.isEnded) yield knownOf(state);
    },
  };
}

/** Well before the last sweep of an erased source. */
const RECORD_HOLDS_MS = 3_600_000;

/** The state of a source that changed within this may not have been told: its owner died, or the bus was away all the time. */
const STATE_IS_FRESH_SECONDS = 86_400;

/** Of one that is only being connected nobody hears: it may be as if it had never been. */
function isToldAnew({ phase, phaseSince, health }: SourceRecord, now: Instant): boolean {
  return phase !== "connecting" && now - Math.max(phaseSince, health.since) < STATE_IS_FRESH_SECONDS;
}

const STORE_AWAY_WAIT_MS = 5_000;

function afterStoreError(deps: IngestDeps, state: SourceState | undefined, error: StoreError): Tended {
  deps.logger.warn(
    { source: state?.record.sourceId, reason: error.message },
    "The store cannot be read; this source is tended again soon.",
  );
  return { liveAtMs: deps.clock.nowMs() + STORE_AWAY_WAIT_MS * (1 + deps.chance()), historyAtMs: null };
}

function wantPoll(state: SourceState | null, recentPolls: RecentPolls): "wanted" | "recent" | "not_asked" {
  if (state === null || !isAsked(state.record)) return "not_asked";
  state.isPollOwed ||= !recentPolls.isRecent(state.record.sourceId);
  return state.isPollOwed ? "wanted" : "recent";
}
