import type { OpenedSecrets } from "../../connection/secrets.ts";
import type { Credentials } from "../../ports/cgm-provider.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SourceHealth, SourceRecord } from "../../ports/source-record.ts";
import type { Instant } from "../../reading/instant.ts";

/** What a turn is for. A live one never reads history, so that nobody's history takes a place in which others are polled. */
export type Purpose = "live" | "history";

/** How asking goes: for what is new, or for what is old. */
export interface Attempts {
  /** Not before this moment on the monotonic clock: backoff, or what the provider asked for. */
  notBeforeMs: number;
  /** In a row. */
  failures: number;
  /** The provider itself refused the last one. */
  isRefused: boolean;
  /** No wider windows than this: where the allowance ended in the middle of one, the next is narrower. */
  widestSeconds: number;
  /** So often in a row. */
  cutShort: number;
}

export function atFirst(): Attempts {
  return { notBeforeMs: 0, failures: 0, isRefused: false, widestSeconds: Infinity, cutShort: 0 };
}

/**
 * What the owner of a source remembers between two polls. All of it can be lost at any moment: it saves work and decides nothing about
 * what is stored.
 */
export interface SourceState {
  /** As last read or written; every write of it is a compare-and-set. */
  record: SourceRecord;
  /** When that was, on the monotonic clock. */
  recordReadMs: number;
  /** The source was found to have been erased: nothing remembered of it holds. */
  isEnded: boolean;
  /** Whether what an earlier owner may have left unpublished has been looked for. */
  isRecovered: boolean;
  newest: Instant | null;
  /** Everything up to here that the provider showed has been asked for; `null` while nothing is stored. */
  coveredTo: Instant | null;
  /** Where a poll was when the allowance ended: the next goes on from there, without an overlap that would undo its progress. */
  goOnFrom: Instant | null;
  lastCommitAt: Instant | null;
  /** Of a commit that no backfill brought. */
  lastLiveCommitAt: Instant | null;
  lastGoodPollAt: Instant | null;
  /** Of the provider, to whatever it was asked; kept here alone, for it is written down only every six hours. */
  lastGoodAt: Instant | null;
  /** The last slot that was served, by a poll or by a commit that made one needless. */
  servedSlot: Instant | null;
  /** A poll failed, or somebody asked for one: it does not wait for the next slot. */
  isPollOwed: boolean;
  /** When the provider was last asked; a second request within one second could not be told from the first. */
  lastAskedAt: Instant | null;
  readonly live: Attempts;
  readonly history: Attempts;
  /** How the source is, where that could not be written down, and since when it was connected: a person may have connected anew since. */
  owedHealth: { readonly health: SourceHealth; readonly phaseSince: Instant } | null;
  /** The last refusal, while nothing good came since; what is stored of it is as old as the first of its kind. */
  setback: { readonly health: SourceHealth; readonly phaseSince: Instant } | null;
  /** How far the clock has been ahead of the monotonic one at most. */
  clockLeadMs: number;
  /** When it is asked next, in milliseconds since the epoch, as far as the last turn could tell. */
  nextPollAtMs: number | null;
  /** The vendor is not asked to call before this moment on the monotonic clock. */
  pushNotBeforeMs: number;
  /** How often in a row a delivery had to be held. */
  deliveriesHeld: number;
  /** How renewing goes of credentials that still work. */
  renewal: Pick<Attempts, "notBeforeMs" | "failures">;
  /** Credentials that should work and were refused, since when nothing but refusals came; and since when the source was connected. */
  doubt: { readonly credentials: Credentials; readonly sinceMs: number; readonly phaseSince: Instant } | null;
  /** Opened, as last stored. */
  secrets: OpenedSecrets | null;
  /** Whether the credentials were asked how the provider behaves towards this connection. */
  areTraitsKnown: boolean;
  /** Keys of set-aside records known to be kept, so that overlapping polls do not offer them again. */
  readonly keptAside: Set<string>;
}

/** Far more than an overlapping window holds; what is forgotten is offered once more and changes nothing. */
const KEPT_ASIDE_LIMIT = 300;

export function newState(record: SourceRecord): SourceState {
  return {
    record,
    recordReadMs: 0,
    isEnded: false,
    isRecovered: false,
    newest: null,
    coveredTo: null,
    goOnFrom: null,
    lastCommitAt: null,
    lastLiveCommitAt: null,
    lastGoodPollAt: null,
    lastGoodAt: null,
    servedSlot: null,
    isPollOwed: false,
    lastAskedAt: null,
    live: atFirst(),
    history: atFirst(),
    owedHealth: null,
    setback: null,
    clockLeadMs: -Infinity,
    nextPollAtMs: null,
    pushNotBeforeMs: 0,
    deliveriesHeld: 0,
    renewal: { notBeforeMs: 0, failures: 0 },
    doubt: null,
    secrets: null,
    areTraitsKnown: false,
    keptAside: new Set(),
  };
}

export function rememberKeptAside(state: SourceState, keys: readonly string[]): void {
  if (state.keptAside.size + keys.length > KEPT_ASIDE_LIMIT) state.keptAside.clear();
  for (const key of keys.slice(0, KEPT_ASIDE_LIMIT)) state.keptAside.add(key);
}

/** What the clock would say had it never fallen back. */
export function latestNow(state: SourceState, clock: Clock): Instant {
  state.clockLeadMs = Math.max(state.clockLeadMs, clock.nowMs() - clock.monotonicMs());
  return Math.floor((state.clockLeadMs + clock.monotonicMs()) / 1000) as Instant;
}

export function laterOf(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
