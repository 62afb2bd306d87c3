import type { UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { AsyncResult, Call } from "./call.ts";
import type { Scope } from "./scope.ts";
import type { StoreError } from "./store-error.ts";

/** By it a key is found and told apart; it is no secret. */
export type ApiKeyId = string & { readonly __id: "api key" };

/** All that is kept of a key. Nothing in it lets anybody call. */
export interface ApiKey {
  readonly id: ApiKeyId;
  /** Of the key as it is shown to the API; empty where its person was erased, and then so are name and scopes, and no key has it. */
  readonly digest: string;
  /** What it is for, in words of whoever made it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The one person whose data it is for; `null`: everybody's. */
  readonly subject: UserId | null;
  readonly createdAt: Instant;
  /** When it was last used, as far as that was noted. */
  readonly lastUsedAt: Instant | null;
  /** From then on it is good for nothing. */
  readonly revokedAt: Instant | null;
}

/** The keys that applications call with. Strongly consistent: a key that was added is found, one that was revoked is found revoked. */
export interface ApiKeyStore {
  /** Keeps it, durably; `taken` if there is a key of this id, which stays as it is. */
  add(key: ApiKey, call: Call): AsyncResult<"added" | "taken", StoreError>;

  /** Revoked or not; `null` if there is none. */
  find(id: ApiKeyId, call: Call): AsyncResult<ApiKey | null, StoreError>;

  /** All keys, revoked ones too, the oldest first. */
  list(call: Call): AsyncResult<readonly ApiKey[], StoreError>;

  /** Durably. Answers the key as it is now, `null` if there is none; one that was revoked before keeps its time. */
  revoke(id: ApiKeyId, at: Instant, call: Call): AsyncResult<ApiKey | null, StoreError>;

  /** `lastUsedAt` never falls. A key that there is not is not made by it. */
  noteUse(id: ApiKeyId, at: Instant, call: Call): AsyncResult<void, StoreError>;

  /**
   * Of the keys that are for this person's data alone, keeps nothing but that there were some: each opens nothing any more, and names nobody. A service
   * for which keys were ever made never takes itself for one that has none, and lets everybody in.
   */
  eraseSubject(subject: UserId, call: Call): AsyncResult<void, StoreError>;
}
