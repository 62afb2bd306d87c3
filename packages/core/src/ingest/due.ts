import { unfinishedAt } from "../connection/unfinished.ts";
import { FUTURE_TOLERANCE_SECONDS } from "../normalize/normalize.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { Instant } from "../reading/instant.ts";
import { renewalInMs } from "./asking/credentials.ts";
import { pushInMs } from "./deliveries/push-line.ts";
import { nextSweepAt } from "./erasing/sweep.ts";
import { areGapsDue } from "./history/gaps.ts";
import { historyWaitSeconds, isNothingDisproved } from "./history/no-history.ts";
import { lookBackSeconds } from "./polling/re-pull.ts";
import { intervalOf, lastSlot, nextSlot } from "./polling/slots.ts";
import { yesterday } from "./recovery/open-from.ts";
import { type IngestDeps, nowOf } from "./source/ingest-deps.ts";
import type { SourceState } from "./source/source-state.ts";

/** When to tend again and what for, in milliseconds since the epoch; `null`: not before somebody changes the source. */
export interface Tended {
  readonly liveAtMs: number | null;
  readonly historyAtMs: number | null;
}

export const NOT_AGAIN: Tended = { liveAtMs: null, historyAtMs: null };

export function isPollDue(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): boolean {
  return isPollWanted(deps, state, loaded) && deps.clock.monotonicMs() >= state.live.notBeforeMs;
}

export function isBackfillDue(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): boolean {
  return historyInMs(deps, state, loaded) === 0;
}

/**
 * History waits while live polls do: both ask the same provider. And while the clock has fallen back behind its newest window, whose readings
 * would be taken for readings from the future. `null`: no history is asked for.
 */
function historyInMs(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): number | null {
  const { backfill } = state.record;
  const waitSeconds = backfill && historyWaitSeconds(backfill, isNothingDisproved(state, loaded, nowOf(deps.clock)), nowOf(deps.clock));
  return waitSeconds === null ? null : Math.max(waitSeconds * 1000, heldHistoryMs(deps, state));
}

function heldHistoryMs(deps: IngestDeps, state: SourceState): number {
  const heldMs = Math.max(state.live.notBeforeMs, state.history.notBeforeMs) - deps.clock.monotonicMs();
  const aheadSeconds = (state.record.backfill?.span?.doneFrom ?? -Infinity) - FUTURE_TOLERANCE_SECONDS - nowOf(deps.clock);
  return Math.max(0, heldMs, aheadSeconds > 0 ? CLOCK_WAIT_MS : 0);
}

const CLOCK_WAIT_MS = 600_000;

/** A slot that a live commit has come after is served without asking, unless late data have to be looked for, or gaps asked for again. */
function isPollWanted(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): boolean {
  if (loaded.provider.poll === undefined) return false;
  if (state.isPollOwed) return true;
  const now = nowOf(deps.clock);
  const slot = lastSlot(state.record.sourceId, intervalOf(deps, loaded), now);
  if (isServed(slot, state.servedSlot, now)) return false;
  return (
    !isServed(slot, state.lastLiveCommitAt, now) ||
    lookBackSeconds(loaded.traits.rePull, state.record.sourceId, state.lastGoodPollAt, now) > 0 ||
    areGapsDue(state.record, state.lastGoodPollAt, now)
  );
}

/** What happened ahead of now happened by a clock that was wrong. */
function isServed(slot: Instant, at: Instant | null, now: Instant): boolean {
  return at !== null && at >= slot && at <= now;
}

export function nextOf(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): Tended {
  const nowMs = deps.clock.nowMs();
  const slotInMs = nextSlot(state.record.sourceId, intervalOf(deps, loaded), nowOf(deps.clock)) * 1000 - nowMs;
  const heldMs = Math.max(0, state.live.notBeforeMs - deps.clock.monotonicMs());
  const pollInMs = isPollWanted(deps, state, loaded) ? heldMs : slotInMs;
  const wakeInMs = Math.min(pollInMs, renewalInMs(deps, state, loaded, intervalOf(deps, loaded)), pushInMs(deps, state, loaded));
  const inMs = historyInMs(deps, state, loaded);
  return { liveAtMs: nowMs + wakeInMs, historyAtMs: inMs === null ? null : nowMs + inMs };
}

/** The same, but no later than what erased sources left has to be swept. */
export function withSweep(deps: IngestDeps, tended: Tended, record: SourceRecord): Tended {
  const sweepAt = nextSweepAt(record);
  if (sweepAt === null) return tended;
  const sweepAtMs = Math.max(sweepAt * 1000, deps.clock.nowMs() + 1_000);
  return { ...tended, liveAtMs: Math.min(sweepAtMs, tended.liveAtMs ?? Infinity) };
}

const LOOK_AGAIN_MS = 3_600_000;
/** Credentials may land in a source that was disconnected long ago: of a connect that failed or died. */
const LOOK_AT_LEFT_MS = 86_400_000;

/** A source that is not asked any more is tended until all that it holds is known to have reached the bus; one that is being connected, until it is. */
export function afterLastWork(deps: IngestDeps, state: SourceState): Tended {
  const nowMs = deps.clock.nowMs();
  const isOpen = state.newest !== null && state.record.openFrom.day < yesterday(state.newest);
  const givenUpAt = unfinishedAt(state.record);
  if (!isOpen && givenUpAt === null) {
    return state.record.phase === "disconnected" ? { liveAtMs: nowMs + LOOK_AT_LEFT_MS, historyAtMs: null } : NOT_AGAIN;
  }
  const givenUpAtMs = givenUpAt === null ? 0 : givenUpAt * 1000;
  // Whoever was to be given up and was not was changed by somebody else at this moment.
  const againAtMs = givenUpAtMs > nowMs ? Math.min(givenUpAtMs, nowMs + LOOK_AGAIN_MS) : nowMs + LOOK_AGAIN_MS;
  return { liveAtMs: againAtMs, historyAtMs: null };
}
