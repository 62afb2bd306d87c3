import type { OpenedSecrets } from "../connection/secrets.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";

/**
 * What the owner of a source remembers between two polls. All of it can be lost at any moment: it saves work and decides nothing about
 * what is stored.
 */
export interface SourceState {
  /** As last read or written; every write of it is a compare-and-set. */
  record: SourceRecord;
  /** Whether what an earlier owner may have left unpublished has been looked for. */
  isRecovered: boolean;
  newest: Instant | null;
  lastCommitAt: Instant | null;
  lastGoodPollAt: Instant | null;
  /** The last slot that was served, by a poll or by a commit that made one needless. */
  servedSlot: Instant | null;
  /** A poll failed, or somebody asked for one: it does not wait for the next slot. */
  isPollOwed: boolean;
  /** When the provider was last asked; a second request within one second could not be told from the first. */
  lastAskedAt: Instant | null;
  /** Not before this moment, in milliseconds since the epoch: backoff, or what the provider asked for. */
  notBeforeMs: number;
  failures: number;
  /** How often in a row a delivery had to be held. */
  deliveriesHeld: number;
  /** Opened, as last stored. */
  secrets: OpenedSecrets | null;
  /** Keys of set-aside records known to be kept, so that overlapping polls do not offer them again. */
  readonly keptAside: Set<string>;
}

/** Enough for every record of an overlapping window that is all refused. */
const KEPT_ASIDE_LIMIT = 2_000;

export function newState(record: SourceRecord): SourceState {
  return {
    record,
    isRecovered: false,
    newest: null,
    lastCommitAt: null,
    lastGoodPollAt: null,
    servedSlot: null,
    isPollOwed: false,
    lastAskedAt: null,
    notBeforeMs: 0,
    failures: 0,
    deliveriesHeld: 0,
    secrets: null,
    keptAside: new Set(),
  };
}

export function rememberKeptAside(state: SourceState, keys: readonly string[]): void {
  if (state.keptAside.size + keys.length > KEPT_ASIDE_LIMIT) state.keptAside.clear();
  for (const key of keys.slice(0, KEPT_ASIDE_LIMIT)) state.keptAside.add(key);
}

export function laterOf(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

export type SourceStates = Map<SourceId, SourceState>;
