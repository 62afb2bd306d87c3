import type { Result } from "neverthrow";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import type { Day, DaySpan } from "../reading/instant.ts";
import type { AsyncResult, Call } from "./call.ts";
import type { StoreError } from "./store-error.ts";

export interface DayKey {
  readonly userId: UserId;
  readonly day: Day;
  readonly sourceId: SourceId;
}

/** A source's day as the codec wrote it. `version` counts its commits, from 1. */
export interface StoredDay extends DayKey {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** `expectedVersion` is the version the caller read; 0 where there was none. */
export interface DayPut extends StoredDay {
  readonly expectedVersion: number;
}

/** `conflict`: somebody else wrote since; `current` is what stands there now. */
export type PutOutcome = { readonly kind: "written" } | { readonly kind: "conflict"; readonly current: StoredDay | null };

export interface DayRead {
  readonly order: "ascending" | "descending";
  /** `strong` sees every write that was answered before the call began; `eventual` may lag by a second and costs half where that matters. */
  readonly consistency: "strong" | "eventual";
}

/** A user's days. Correctness rests on `putDays` alone: each day is written only over the version the caller read. */
export interface ReadingStore {
  /** Days of all sources that hold data, by day and then by source. The iterator never throws; an `Err` is always its last item. */
  days(userId: UserId, span: DaySpan, read: DayRead, call: Call): AsyncIterable<Result<StoredDay, StoreError>>;

  /** The named days, in the order asked, `null` where nothing is stored; strongly consistent. */
  getDays(keys: readonly DayKey[], call: Call): AsyncResult<readonly (StoredDay | null)[], StoreError>;

  /**
   * Writes each day over the version read, durably, and answers for each in the order given. Days are independent: a conflict of one
   * hinders no other. After an `Err` any of them may have been written: read and append again.
   */
  putDays(puts: readonly DayPut[], call: Call): AsyncResult<readonly PutOutcome[], StoreError>;

  /** Deletes all days of a source; nothing else of its user. Answers how many there were. */
  eraseSource(userId: UserId, sourceId: SourceId, call: Call): AsyncResult<number, StoreError>;
}
