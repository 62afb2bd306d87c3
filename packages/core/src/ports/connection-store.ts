import type { Result } from "neverthrow";
import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { AsyncResult, Call } from "./call.ts";
import type { SourcePhase, SourceRecord } from "./source-record.ts";
import type { StoreError } from "./store-error.ts";

/** Sources are spread over this many shards by `shardOf(sourceId)`; whoever owns a shard polls its sources. */
export const SHARD_COUNT = 256;

/** What the scheduler needs of every source, and no more. */
export interface ScheduleEntry {
  readonly userId: UserId;
  readonly provider: ProviderName;
  readonly sourceId: SourceId;
  readonly phase: SourcePhase;
  readonly phaseSince: Instant;
}

/** Somebody is about to have these secrets renewed: a grant that is spent twice may be taken back. */
interface RenewalClaim {
  /** A process, by the name that it has among all that share the store. */
  readonly holder: string;
  /** For whoever looks; how long a claim has stood is told by one's own clock. */
  readonly at: Instant;
}

/**
 * Sealed by the vault; the store sees bytes only. `version` counts the writes, claims included, from 1, and goes on counting when the
 * secrets are deleted: nobody who was at work over an earlier version brings them back.
 */
export interface SealedSecrets {
  /** `null`: they were deleted, and no byte of them is left. */
  readonly sealed: Uint8Array | null;
  readonly claim: RenewalClaim | null;
  readonly version: number;
}

/** A record that was refused, with the reason. `key` is a digest of the source and the content: the same record is kept once. */
export interface SetAsideRecord {
  readonly key: string;
  readonly reason: string;
  /** What was wrong, for the person who looks. */
  readonly detail: string;
  /** The instant it speaks of, where that could be read. */
  readonly at: Instant | null;
  /** The record as the provider gave it, as JSON, cut at 4 KiB. */
  readonly record: string;
  readonly setAsideAt: Instant;
}

export interface SetAsidePage {
  readonly records: readonly SetAsideRecord[];
  /** Give it back to go on; `null` at the end. */
  readonly next: string | null;
}

export type ReplaceOutcome = { readonly kind: "written" } | { readonly kind: "conflict" };

/**
 * Connections of users to providers. A user has one record per provider, replaced by compare-and-set, so that two connects can never
 * make two living sources; an erased one stays as a tombstone until a new connect takes its place, or until nothing of it is left to sweep.
 */
export interface ConnectionStore {
  /** The records of a user, tombstones included, by provider; strongly consistent. */
  recordsOf(userId: UserId, call: Call): AsyncResult<readonly SourceRecord[], StoreError>;

  /** Writes `record` (and its schedule entry) if the stored version is `expectedVersion`; 0 means that none is stored. */
  replaceRecord(record: SourceRecord, expectedVersion: number, call: Call): AsyncResult<ReplaceOutcome, StoreError>;

  /** Deletes the record (and its schedule entry) of a user and provider if the stored version is `expectedVersion`: nothing names the user any more. */
  removeRecord(userId: UserId, provider: ProviderName, expectedVersion: number, call: Call): AsyncResult<ReplaceOutcome, StoreError>;

  /** The schedule of one shard, in no order. The iterator never throws; an `Err` is always its last item. */
  schedule(shard: number, call: Call): AsyncIterable<Result<ScheduleEntry, StoreError>>;

  /** `null` where none are stored; strongly consistent. */
  secretsOf(source: SourceKey, call: Call): AsyncResult<SealedSecrets | null, StoreError>;

  /** Writes if the stored version is `secrets.version - 1`, 0 meaning that none are stored. */
  replaceSecrets(source: SourceKey, secrets: SealedSecrets, call: Call): AsyncResult<ReplaceOutcome, StoreError>;

  /** Keeps each record once, durably; one that is kept already changes nothing, its first time included. */
  setAside(source: SourceKey, records: readonly SetAsideRecord[], call: Call): AsyncResult<void, StoreError>;

  /** Newest first, at most `limit` a page. An unreadable `after` is answered with `stop`. */
  setAsideOf(
    source: SourceKey,
    page: { readonly limit: number; readonly after: string | null },
    call: Call,
  ): AsyncResult<SetAsidePage, StoreError>;

  countSetAside(source: SourceKey, call: Call): AsyncResult<number, StoreError>;

  /** Deletes credentials and set-aside records of a source; its record stays. */
  eraseSource(source: SourceKey, call: Call): AsyncResult<void, StoreError>;
}

export interface SourceKey {
  readonly userId: UserId;
  readonly sourceId: SourceId;
}
