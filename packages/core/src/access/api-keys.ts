import { err, ok, type Result } from "neverthrow";
import type { ApiKey, ApiKeyId, ApiKeyStore } from "../ports/api-key-store.ts";
import type { Call } from "../ports/call.ts";
import type { Digest } from "../ports/digest.ts";
import type { Scope } from "../ports/scope.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { Caller } from "./caller.ts";

export interface ApiKeyWish {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly subject: UserId | null;
}

/** `text` is what callers show; it is kept nowhere and has to be shown to whoever asked for it, this once. */
export interface MadeApiKey {
  readonly key: ApiKey;
  readonly text: string;
}

const PREFIX = "bgk_";
/** 32 bytes in base64url. */
const FORM = /^bgk_[A-Za-z0-9_-]{43}$/;
const ID_LENGTH = 16;

/** Whether a text has the form of a key: told from tokens by it, and found by whoever scans for secrets that got out. */
export function hasApiKeyForm(text: string): boolean {
  return FORM.test(text);
}

/**
 * Makes a key of 32 random bytes, in base64url. Kept is its SHA-256 alone: of 256 random bits nobody guesses any, so that a slow hash, as passwords
 * need it, would protect nothing and cost every call its time.
 */
export function newApiKey(randomText: string, wish: ApiKeyWish, now: Instant, digest: Digest): MadeApiKey {
  const text = `${PREFIX}${randomText}`;
  const hash = digest(text);
  return { text, key: { ...wish, id: idIn(hash), digest: hash, createdAt: now, lastUsedAt: null, revokedAt: null } };
}

/** Whose key it is; `unknown`: of nobody, or it was revoked. `digest` is that of the key as it was shown. */
export async function findApiKey(
  keys: Pick<ApiKeyStore, "find">,
  digest: string,
  call: Call,
): Promise<Result<ApiKey, StoreError | { readonly kind: "unknown" }>> {
  const found = await keys.find(idIn(digest), call);
  if (found.isErr()) return err(found.error);
  const key = found.value;
  return key !== null && key.digest === digest && key.revokedAt === null ? ok(key) : err({ kind: "unknown" });
}

export function callerOf({ subject, scopes }: ApiKey): Caller {
  return { subject, scopes: new Set(scopes) };
}

function idIn(digest: string): ApiKeyId {
  return digest.slice(0, ID_LENGTH) as ApiKeyId;
}
