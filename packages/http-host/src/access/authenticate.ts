import { hash } from "node:crypto";
import { type ApiKey, type ApiKeyStore, type Clock, callerOf, findApiKey, hasApiKeyForm, type Instant, type Logger } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { mapStoreError } from "../http/problem/map-store-error.ts";
import type { Problem } from "../http/problem/problem.ts";
import type { Access, Authenticate } from "./access.ts";
import type { HttpCaller } from "./http-caller.ts";
import type { VerifyToken } from "./token-verifier.ts";
import { createVerifiedCallers } from "./verified-callers.ts";

export interface AuthenticateDeps {
  readonly keys: Pick<ApiKeyStore, "find" | "noteUse">;
  /** `null`: tokens are not taken. */
  readonly verifyToken: VerifyToken | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A key that was revoked is refused after so long at most; docs/access.md says so. */
const KEY_HOLDS_MS = 30_000;
const TOKEN_HOLDS_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;
/** To the hour it is known when a key was last used: more would be a write for each call. */
const NOTED_EVERY_SECONDS = 3_600;

/** Asks for a key of this service or a token of the issuer, as `Authorization: Bearer …` (RFC 6750). What cannot be checked is refused. */
export function createAuthenticate({ keys, verifyToken, clock, logger }: AuthenticateDeps): Authenticate {
  const verified = createVerifiedCallers(clock);

  async function byKey(digest: string): Promise<Result<HttpCaller, Problem>> {
    const found = await findApiKey(keys, digest, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (found.isErr())
      return err(found.error.kind === "unknown" ? invalid("it is no key of this service, or was revoked") : mapStoreError(found.error));
    const caller: HttpCaller = { ...callerOf(found.value), keyId: found.value.id };
    verified.keep(digest, caller, KEY_HOLDS_MS);
    void noteUse(found.value);
    return ok(caller);
  }

  /** Nobody waits for it: a call is not refused because its key could not be noted. */
  async function noteUse({ id, lastUsedAt }: ApiKey): Promise<void> {
    const now = Math.floor(clock.nowMs() / 1000) as Instant;
    if (lastUsedAt !== null && now - lastUsedAt < NOTED_EVERY_SECONDS) return;
    const noted = await keys.noteUse(id, now, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (noted.isErr())
      logger.warn({ reason: noted.error.message }, "When a key of the API was last used could not be noted; its next use is.");
  }

  async function byToken(token: string, digest: string): Promise<Result<HttpCaller, Problem>> {
    if (verifyToken === null) return err(invalid("it is no key of this service, and tokens are not taken here: AUTH_ISSUER is not set"));
    const found = await verifyToken(token);
    if (found.isErr()) return err(found.error.kind === "away" ? identityAway(found.error.message) : invalid(found.error.message));
    const { caller, untilMs } = found.value;
    verified.keep(digest, caller, Math.min(TOKEN_HOLDS_MS, untilMs - clock.nowMs()));
    return ok(caller);
  }

  return (authorization) => {
    if (authorization === undefined) return err(MISSING);
    const credential = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
    if (credential === undefined) return err(invalid("Authorization is not `Bearer` and one credential"));
    const digest = hash("sha256", credential, "hex");
    const known = verified.get(digest);
    if (known !== undefined) return ok(known);
    return hasApiKeyForm(credential) ? byKey(digest) : byToken(credential, digest);
  };
}

/** What a key gave out is good as long as the key; what cannot be looked up is refused. */
export function createHoldsKey(keys: Pick<ApiKeyStore, "find">): Access["holdsKey"] {
  return async (keyId) => {
    if (keyId === undefined) return ok();
    const found = await keys.find(keyId, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (found.isErr()) return err(mapStoreError(found.error));
    return found.value !== null && found.value.revokedAt === null ? ok() : err({ kind: "link_expired" });
  };
}

const REALM = 'Bearer realm="bg-ingest"';

const MISSING: Problem = { kind: "credentials_missing", headers: { "www-authenticate": REALM } };

/** `why` is of a list, never a text of the caller. */
function invalid(why: string): Problem {
  return {
    kind: "credentials_invalid",
    detail: `The credential is not taken: ${why}.`,
    headers: { "www-authenticate": `${REALM}, error="invalid_token", error_description="${why}"` },
  };
}

function identityAway(reason: string): Problem {
  return { kind: "identity_away", retryAfterSeconds: 5, reason };
}
