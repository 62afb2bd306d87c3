import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import { dropSecrets } from "../connection/drop-secrets.ts";
import { isHistoryRead } from "../connection/history-read.ts";
import { providerOf } from "../connection/provider-of.ts";
import { createRefresher } from "../connection/refresher.ts";
import type { Call } from "../ports/call.ts";
import type { SourceKey } from "../ports/connection-store.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { SourceHealth, SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Delivery, Verdict } from "../ports/work-queue.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import { isRenewalWanted, type RenewingDeps, usableCredentials } from "./asking/credentials.ts";
import { type FetchedWindow, type FetchFailed, NOTHING_FETCHED } from "./asking/fetch-window.ts";
import { held, workDelivery } from "./deliveries/deliveries.ts";
import { pushTurn } from "./deliveries/push-turn.ts";
import { afterLastWork, isBackfillDue, isPollDue, NOT_AGAIN, nextOf, type Tended, withSweep } from "./due.ts";
import { announceErased, entomb, nextSweepAt, sweep } from "./erasing/erase.ts";
import { inheritedWaitMs, isAsked, settleFailed, settleGood, writeOwedHealth } from "./health/settle.ts";
import { type BackfillTurn, backfillTurn } from "./history/backfill.ts";
import { gapTurn } from "./history/gap-turn.ts";
import { areGapsDue } from "./history/gaps.ts";
import { createLanes } from "./lanes.ts";
import { coverTurn, pollTurn } from "./polling/poll-turn.ts";
import { createPublisher } from "./publishing/publisher.ts";
import { raiseOpenFrom, recover } from "./recovery/recover.ts";
import { type IngestDeps, nowOf } from "./source/ingest-deps.ts";
import { learnTraits } from "./source/learn-traits.ts";
import { refreshRecord } from "./source/record-writes.ts";
import { latestNow, newState, type Purpose, type SourceState } from "./source/source-state.ts";

/** What the owner of a source does for it. One thing at a time happens to each source; sources do not wait for each other. */
export interface Ingest {
  /** Does what is due: recovery, a poll, a window of backfill, the daily raise of `openFrom`. */
  tend(source: SourceKey, purpose: Purpose, call: Call): Promise<Tended>;
  /** Has the next `tend` poll without waiting for a slot. Backoff and what the provider asked for still hold. */
  wantPoll(source: SourceKey, call: CallBy): Promise<Result<"wanted" | "not_asked", StoreError | AccessRefused>>;
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

export interface KnownSource {
  /** As stored, but for what is known here of its last refusal. */
  readonly record: SourceRecord;
  readonly newest: Instant | null;
}

export interface RememberedSource {
  readonly newest: Instant | null;
  readonly lastCommitAt: Instant | null;
  /** When the provider last gave a good answer here. */
  readonly lastGoodAt: Instant | null;
  readonly nextAttemptAtMs: number | null;
  readonly failures: number;
  /** How it was refused last; `null` while all is well. */
  readonly health: SourceHealth | null;
}

export function createIngest(given: IngestDeps): Ingest {
  const deps: RenewingDeps = { ...given, refresher: createRefresher(given) };
  const lanes = createLanes();
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
    if (recovered.isOk() && isFresh(loaded.value.record, nowOf(deps.clock))) await publisher.tellStateOnce(loaded.value.record, call);
    return recovered.map(() => loaded.value);
  }

  async function tendInLane(source: SourceKey, purpose: Purpose, call: Call): Promise<Tended> {
    const loaded = await ready(source, call);
    if (loaded.isErr()) return unreadable(source, loaded.error, call);
    const state = loaded.value;
    if (state === null) return tendTombstone(source, call);
    latestNow(state, deps.clock);
    const swept = await sweepIfDue(state.record, call);
    if (swept.isOk()) take(state, swept.value);
    const owed = await writeOwedHealth(deps, publisher, state, call);
    if (owed.isErr() && !state.isEnded) return afterStoreError(deps, state, owed.error);
    if (!state.isEnded) await tendLiving(state, purpose, call);
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

  async function tendLiving(state: SourceState, purpose: Purpose, call: Call): Promise<void> {
    const loaded = deps.providers.get(state.record.provider);
    if (loaded !== undefined && isAsked(state.record)) await learnTraits(deps, state, loaded, call);
    if (state.isEnded) return;
    const provider = providerOf(deps.providers, state.record);
    if (provider !== undefined && isAsked(state.record)) await doWhatIsDue(state, provider, purpose, call);
    if (provider !== undefined && isAsked(state.record) && !state.isEnded)
      warnIfUnwritten(deps, state, await pushTurn(deps, publisher, state, provider, call));
    if (!isHistoryRead(state.record) || !isAsked(state.record))
      warnIfUnwritten(deps, state, await raiseOpenFrom(deps, publisher, state, call));
  }

  function take(state: SourceState, record: SourceRecord): void {
    state.isEnded ||= record.sourceId !== state.record.sourceId || record.phase === "erased";
    if (!state.isEnded) state.record = record;
  }

  /** The source lives no more: what it left is swept until nothing can land any more. */
  async function tendTombstone(source: SourceKey, call: Call): Promise<Tended> {
    const records = await deps.connections.recordsOf(source.userId, call);
    if (records.isErr()) return afterStoreError(deps, undefined, records.error);
    const record = records.value.find(({ ended }) => ended.some(({ sourceId }) => sourceId === source.sourceId));
    if (record === undefined) return NOT_AGAIN;
    const swept = await sweepIfDue(record, call);
    if (swept.isErr()) return afterStoreError(deps, undefined, swept.error);
    const next = nextSweepAt(swept.value);
    return next === null ? NOT_AGAIN : withSweep(deps, NOT_AGAIN, swept.value);
  }

  async function sweepIfDue(record: SourceRecord, call: Call, told = NOBODY): Promise<Result<SourceRecord, StoreError>> {
    const next = nextSweepAt(record);
    return next === null || next > nowOf(deps.clock) ? ok(record) : sweep(deps, publisher, record, told, call);
  }

  async function erase(userId: UserId, call: CallBy): Promise<Result<"erased" | "unknown_user", StoreError | AccessRefused>> {
    const permitted = permit(call.caller, "admin", userId);
    if (permitted.isErr()) return err(permitted.error);
    const records = await deps.connections.recordsOf(userId, call);
    if (records.isErr()) return err(records.error);
    const tombstones: SourceRecord[] = [];
    let failed: StoreError | null = null;
    for (const { sourceId, provider } of records.value) {
      // Not in its lane: whoever hangs there must not keep a person from being erased.
      const tombstone = await entomb(deps, userId, provider, call);
      if (tombstone.isErr()) {
        // It may stand all the same: whoever tends the source has to look. The person's other sources end nevertheless.
        forget(sourceId);
        failed ??= tombstone.error;
        continue;
      }
      end(sourceId);
      if (tombstone.value !== null) tombstones.push(tombstone.value);
    }
    // Of somebody who is not known yet, too: what they began before they asked to be forgotten is not finished.
    const begun = await deps.authorizations.eraseUser(userId, call);
    if (begun.isErr()) return err(begun.error);
    if (failed !== null) return err(failed);
    if (tombstones.length === 0) return ok("unknown_user");
    const sources = tombstones.map(({ sourceId }) => sourceId);
    const swept = await lanes.runInAll(sources, () => tellAndSweep(userId, sources, call));
    return swept.map(() => "erased" as const);
  }

  /** Whoever erased the same person at the same time, or tended their tombstones, may have told and swept all of it meanwhile. */
  async function tellAndSweep(userId: UserId, sources: readonly SourceId[], call: Call): Promise<Result<void, StoreError>> {
    const records = await deps.connections.recordsOf(userId, call);
    if (records.isErr()) return err(records.error);
    const left = records.value.filter(({ ended }) => ended.some(({ sourceId }) => sources.includes(sourceId)));
    const tombstones = left.filter(({ phase }) => phase === "erased");
    const told = await announceErased(publisher, tombstones, call);
    for (const record of left) {
      const swept = await sweepIfDue(record, call, told);
      if (swept.isErr()) return err(swept.error);
    }
    return ok(undefined);
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

  async function doWhatIsDue(state: SourceState, provider: LoadedProvider, purpose: Purpose, call: Call): Promise<void> {
    if (isPollDue(deps, state, provider)) await poll(state, provider, call);
    else if (purpose === "history" && isBackfillDue(deps, state, provider)) await backfill(state, provider, call);
    else if (isRenewalWanted(deps, state, provider)) await keepGrant(state, provider, call);
  }

  /** Of a source that is asked for nothing now. */
  async function keepGrant(state: SourceState, loaded: LoadedProvider, call: Call): Promise<void> {
    const kept = await usableCredentials(deps, state, loaded, call);
    if (kept.isErr()) warnIfUnwritten(deps, state, await settleFailed(deps, publisher, state, "live", kept.error, call));
    // Where nothing is ever polled, nothing else shows that the provider answers again.
    else if (kept.value.isNew && loaded.provider.poll === undefined)
      warnIfUnwritten(deps, state, await settleGood(deps, publisher, state, "live", null, call));
  }

  async function poll(state: SourceState, loaded: LoadedProvider, call: Call): Promise<void> {
    const begun = nowOf(deps.clock);
    const isDue = areGapsDue(state.record, state.lastGoodPollAt, begun);
    const turn = await pollTurn(deps, publisher, state, loaded, call);
    if (turn.isErr()) state.isPollOwed = true;
    const settled = turn.isErr()
      ? await settleFailed(deps, publisher, state, "live", turn.error, call)
      : await settleGood(deps, publisher, state, "live", turn.value, call);
    warnIfUnwritten(deps, state, settled);
    const doneTo = settled.isOk() ? coverTurn(state, doneOf(turn)) : null;
    state.goOnFrom = turn.isOk() ? null : (doneTo ?? state.goOnFrom);
    if (isDue && turn.isOk() && settled.isOk()) await askForGaps(state, loaded, begun, call);
  }

  /** Whatever comes of it, the poll before it was good. A gap that nobody has a call for waits until tomorrow. */
  async function askForGaps(state: SourceState, loaded: LoadedProvider, begun: Instant, call: Call): Promise<void> {
    const { window, failed } = await gapTurn(deps, publisher, state, loaded, begun, call);
    if (window.read.length > 0) warnIfUnwritten(deps, state, await settleGood(deps, publisher, state, "live", window, call));
    if (failed !== null && failed.at !== "allowance")
      warnIfUnwritten(deps, state, await settleFailed(deps, publisher, state, "live", failed, call));
  }

  async function backfill(state: SourceState, loaded: LoadedProvider, call: Call): Promise<void> {
    const turn = await backfillTurn(deps, publisher, state, loaded, call);
    const settled = turn.isErr()
      ? await settleFailed(deps, publisher, state, "history", turn.error, call)
      : await settleGood(deps, publisher, state, "history", null, call);
    warnIfUnwritten(deps, state, settled);
    const came = turn.isOk() ? WHAT_CAME[turn.value.came] : null;
    if (came !== null) deps.logger.info({ source: state.record.sourceId, provider: state.record.provider }, came);
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
      if (known !== undefined) return ok(wantPoll(known));
      return lanes.run(source.sourceId, async () => (await load(source, call)).map((state) => wantPoll(state)));
    },
    work: (delivery, call) => lanes.run(delivery.sourceId, () => workInLane(delivery, call)),
    drain: (call) => publisher.drain(call),
    erase,
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

const WHAT_CAME: Readonly<Record<BackfillTurn["came"], string | null>> = {
  part: null,
  all: "The history of this source is stored.",
  nothing:
    "The provider says that it has no history of this source. Before that is believed it is asked again, some times within eight days.",
  nothing_for_good: "The provider has no history of this source: it has said so for days. Should a reading come, it is asked again.",
};

const NOBODY: ReadonlySet<SourceId> = new Set();

/** Well before the last sweep of an erased source. */
const RECORD_HOLDS_MS = 3_600_000;

/** The state of a source that changed within this may not have been told: its owner died, or the bus was away all the time. */
const STATE_IS_FRESH_SECONDS = 86_400;

function isFresh({ phaseSince, health }: SourceRecord, now: Instant): boolean {
  return now - Math.max(phaseSince, health.since) < STATE_IS_FRESH_SECONDS;
}

const STORE_AWAY_WAIT_MS = 5_000;

function afterStoreError(deps: IngestDeps, state: SourceState | undefined, error: StoreError): Tended {
  deps.logger.warn(
    { source: state?.record.sourceId, reason: error.message },
    "The store cannot be read; this source is tended again soon.",
  );
  return { liveAtMs: deps.clock.nowMs() + STORE_AWAY_WAIT_MS * (1 + deps.chance()), historyAtMs: null };
}

function warnIfUnwritten(deps: IngestDeps, state: SourceState, written: Result<void, StoreError>): void {
  if (written.isOk()) return;
  deps.logger.warn(
    { source: state.record.sourceId, reason: written.error.message },
    "How this source is could not be written down; it will be with the next change.",
  );
}

function wantPoll(state: SourceState | null): "wanted" | "not_asked" {
  if (state === null || !isAsked(state.record)) return "not_asked";
  state.isPollOwed = true;
  return "wanted";
}

/** What need not be asked for again, once what was unreadable of it is on record. */
function doneOf(turn: Result<FetchedWindow, FetchFailed>): FetchedWindow {
  if (turn.isOk()) return turn.value;
  return turn.error.at === "allowance" ? turn.error.soFar : NOTHING_FETCHED;
}

function knownOf(state: SourceState): KnownSource {
  const { record, newest } = state;
  const health = setbackHealth(state);
  return { record: health === null || record.phase !== "connected" ? record : { ...record, health }, newest };
}

function setbackHealth({ setback, record }: SourceState): SourceHealth | null {
  return setback?.phaseSince === record.phaseSince ? setback.health : null;
}

function rememberedOf(deps: IngestDeps, state: SourceState | undefined): RememberedSource | null {
  if (state === undefined) return null;
  const { newest, lastCommitAt, lastGoodAt, live } = state;
  const waitMs = live.notBeforeMs - deps.clock.monotonicMs();
  return {
    health: setbackHealth(state),
    newest,
    lastCommitAt,
    lastGoodAt,
    failures: live.failures,
    nextAttemptAtMs: waitMs > 0 ? deps.clock.nowMs() + waitMs : state.nextPollAtMs,
  };
}
