import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { AsyncResult, Call } from "./call.ts";
import type { StoreError } from "./store-error.ts";

/** More than these a user never has waiting: whoever begins over and over fills no disk. */
export const MOST_PENDING_OF_USER = 5;

/** A person was sent to the vendor to consent and has not come back yet. Nothing in it is secret. */
export interface PendingAuthorization {
  /** Of the `state` that the vendor hands back. */
  readonly stateDigest: string;
  /** Of what the browser that began holds as a cookie. */
  readonly browserDigest: string;
  readonly userId: UserId;
  readonly provider: ProviderName;
  /** The user's source that lived when this began; `null`: there was none. */
  readonly sourceId: SourceId | null;
  readonly begunAt: Instant;
  /** From then on it is answered to nobody. */
  readonly expiresAt: Instant;
}

/** Authorisations that were begun and not finished, each good for one finish. */
export interface AuthorizationStore {
  /**
   * Keeps it, durably. What has expired by `pending.begunAt` is deleted in passing, and of a user who then has more than
   * `MOST_PENDING_OF_USER` the oldest.
   */
  begin(pending: PendingAuthorization, call: Call): AsyncResult<void, StoreError>;

  /** Answers what `take` would, strongly consistent, and leaves it. */
  waiting(stateDigest: string, now: Instant, call: Call): AsyncResult<PendingAuthorization | null, StoreError>;

  /** Removes it and answers it, of many at once to one; `null` if there is none, if it was taken before, or if it has expired by `now`. */
  take(stateDigest: string, now: Instant, call: Call): AsyncResult<PendingAuthorization | null, StoreError>;

  /** Deletes what a user has begun. */
  eraseUser(userId: UserId, call: Call): AsyncResult<void, StoreError>;
}
