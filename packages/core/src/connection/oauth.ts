import { err, ok, type Result } from "neverthrow";
import { type AccessRefused, type CallBy, permit } from "../access/caller.ts";
import type { AuthorizationStore, PendingAuthorization } from "../ports/authorization-store.ts";
import type { Call } from "../ports/call.ts";
import type { Grant, OAuthCapability } from "../ports/cgm-provider.ts";
import type { Digest } from "../ports/digest.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { RateBudget } from "../ports/rate-budget.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { ProviderName, UserId } from "../reading/identifiers.ts";
import { addSeconds, type Instant } from "../reading/instant.ts";
import { type Connected, connectGranted } from "./connect.ts";
import type { ConnectDeps } from "./connect-deps.ts";
import type { ConnectError } from "./connect-error.ts";
import { erasedOf, isErasedSince } from "./erased-since.ts";
import { codeChallengeOf, codeVerifierOf } from "./pkce.ts";

export interface OAuthDeps extends ConnectDeps {
  readonly budget: RateBudget;
  readonly authorizations: AuthorizationStore;
  readonly digest: Digest;
  /** 32 random bytes in base64url. */
  readonly newState: () => string;
}

/**
 * `not_begun_here`: nothing like it was begun here within ten minutes, or it was finished before, or is being finished. `another_browser`: it was begun in another
 * browser. `denied`: the person said no. Each leaves everything as it was; the person begins anew. `come_again`: for want of calls, as with
 * `short_of_calls`, but what was begun still holds: the same callback may come through after so long.
 */
export type FinishOAuthError =
  | ConnectError
  | { readonly kind: "not_begun_here" }
  | { readonly kind: "another_browser" }
  | { readonly kind: "denied" }
  | { readonly kind: "come_again"; readonly waitMs: number };

export interface StartedOAuth {
  /** Where to send the browser. */
  readonly authorizationUrl: URL;
  readonly state: string;
  readonly expiresAt: Instant;
}

export interface OAuthCallback {
  /** As the browser called it, `state` and all. */
  readonly callbackUrl: URL;
  /** What the browser's cookie says; empty if it has none. */
  readonly browserSecret: string;
}

/** Long enough to sign in at the vendor, and to look for the password first. */
const AUTHORIZATION_SECONDS = 600;
/** RFC 6749 lets a code live for ten minutes at most, and vendors a minute, of which the way here has taken some. */
const CODE_LIVES_MS = 45_000;

/**
 * Begins to connect a user by consent. `browserSecret` is random, 32 bytes or more, and known to this one browser: nobody else can finish
 * what it began. Nothing secret is kept meanwhile.
 */
export async function startOAuth(
  deps: OAuthDeps,
  userId: UserId,
  loaded: LoadedProvider,
  { browserSecret }: Pick<OAuthCallback, "browserSecret">,
  call: CallBy,
): Promise<Result<StartedOAuth, ConnectError | AccessRefused>> {
  const permitted = permit(call.caller, "write", userId);
  if (permitted.isErr()) return err(permitted.error);
  const { oauth } = loaded.provider;
  if (oauth === undefined) return err(noConsent(loaded));
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err({ kind: "store", error: records.error });
  const state = deps.newState();
  const codeChallenge = oauth.pkce ? codeChallengeOf(codeVerifierOf(browserSecret, state, deps.digest), deps.digest) : null;
  const authorizationUrl = oauth.authorizationUrl({ state, codeChallenge });
  if (authorizationUrl.isErr()) return err({ kind: "provider", error: authorizationUrl.error });
  const begunAt = nowOf(deps);
  const pending: PendingAuthorization = {
    stateDigest: deps.digest(state),
    browserDigest: deps.digest(browserSecret),
    userId,
    provider: loaded.name,
    sourceId: livingSource(records.value, loaded.name)?.sourceId ?? null,
    begunAt,
    expiresAt: addSeconds(begunAt, AUTHORIZATION_SECONDS),
  };
  const begun = await deps.authorizations.begin(pending, call);
  if (begun.isErr()) return err({ kind: "store", error: begun.error });
  // An erase that was quicker did not find this start to delete it. Its state is told to nobody.
  const now = await deps.connections.recordsOf(userId, call);
  if (now.isErr()) return err({ kind: "store", error: now.error });
  if (isErasedSince(records.value, now.value)) return err({ kind: "another_source" });
  return ok({ authorizationUrl: authorizationUrl.value, state, expiresAt: pending.expiresAt });
}

/**
 * Finishes what `startOAuth` began: turns what the vendor sent the browser back with into a connection. Each start is good for one finish,
 * and one that is refused leaves everything as it was. It takes no caller: whoever began it was asked, and the browser shows that it is theirs.
 */
export async function finishOAuth(
  deps: OAuthDeps,
  loaded: LoadedProvider,
  callback: OAuthCallback,
  call: Call,
): Promise<Result<Connected, FinishOAuthError>> {
  const { oauth } = loaded.provider;
  if (oauth === undefined) return err(noConsent(loaded));
  const state = callback.callbackUrl.searchParams.get("state") ?? "";
  const pending = await waitingFor(deps, loaded.name, state, callback, call);
  if (pending.isErr()) return err(pending.error);
  const before = await deps.connections.recordsOf(pending.value.userId, call);
  if (before.isErr()) return err({ kind: "store", error: before.error });
  // Moments are told in seconds; what was erased within the second is told by the records themselves.
  const admit = (records: readonly SourceRecord[]): Result<void, FinishOAuthError> =>
    isErasedSince(before.value, records) ? err({ kind: "another_source" }) : stillMeant(pending.value, records);
  const admitted = admit(before.value);
  if (admitted.isErr()) return endStart(deps, pending.value, admitted.error, call);
  const lease = await deps.budget.take(pending.value, "connect");
  if (lease.kind === "wait") return whileShort(deps, pending.value, lease.waitMs, call);
  let isTaken = false;
  const obtain = async (): Promise<Result<Grant, FinishOAuthError>> => {
    isTaken = true;
    const taken = await take(deps, pending.value, call);
    return taken.isErr() ? err(taken.error) : exchange(deps, oauth, state, callback, call);
  };
  const connected = await connectGranted(deps, pending.value.userId, loaded, { way: "consent", admit, obtain }, call);
  return connected.isOk() || isTaken ? connected : endStart(deps, pending.value, connected.error, call);
}

/** What another call of the same callback is finishing right now is left to it. So is everything while the store is away. */
async function endStart(
  deps: OAuthDeps,
  pending: PendingAuthorization,
  why: FinishOAuthError,
  call: Call,
): Promise<Result<never, FinishOAuthError>> {
  return why.kind === "not_begun_here" || why.kind === "store" ? err(why) : refuse(deps, pending, why, call);
}

/** It is left where it is: should there be no call for it now, nothing has to be put back, which an erase in between would not find. */
async function waitingFor(
  deps: OAuthDeps,
  provider: ProviderName,
  state: string,
  { callbackUrl, browserSecret }: OAuthCallback,
  call: Call,
): Promise<Result<PendingAuthorization, FinishOAuthError>> {
  const found = await deps.authorizations.waiting(deps.digest(state), nowOf(deps), call);
  if (found.isErr()) return err({ kind: "store", error: found.error });
  if (found.value === null) return err({ kind: "not_begun_here" });
  if (found.value.provider !== provider) return refuse(deps, found.value, { kind: "not_begun_here" }, call);
  if (found.value.browserDigest !== deps.digest(browserSecret)) return refuse(deps, found.value, { kind: "another_browser" }, call);
  // RFC 6749, 4.1.2.1: the one error that is the person's answer. What else a vendor says is for its provider to read.
  if (callbackUrl.searchParams.get("error") === "access_denied") return refuse(deps, found.value, { kind: "denied" }, call);
  return ok(found.value);
}

/** Of many at once one goes on. */
async function take(deps: OAuthDeps, { stateDigest }: PendingAuthorization, call: Call): Promise<Result<void, FinishOAuthError>> {
  const taken = await deps.authorizations.take(stateDigest, nowOf(deps), call);
  if (taken.isErr()) return err({ kind: "store", error: taken.error });
  return taken.value === null ? err({ kind: "not_begun_here" }) : ok();
}

/** A start that was refused once is good for nothing any more. */
async function refuse(
  deps: OAuthDeps,
  pending: PendingAuthorization,
  why: FinishOAuthError,
  call: Call,
): Promise<Result<never, FinishOAuthError>> {
  const taken = await take(deps, pending, call);
  return err(taken.isErr() && taken.error.kind === "store" ? taken.error : why);
}

/** Nothing was asked yet. But whoever comes back with a code that has died of waiting uses up calls for nothing. */
async function whileShort(
  deps: OAuthDeps,
  pending: PendingAuthorization,
  waitMs: number,
  call: Call,
): Promise<Result<never, FinishOAuthError>> {
  const isTooLate = waitMs > CODE_LIVES_MS || deps.clock.nowMs() + waitMs >= pending.expiresAt * 1000;
  return isTooLate ? refuse(deps, pending, { kind: "short_of_calls", waitMs }, call) : err({ kind: "come_again", waitMs });
}

async function exchange(deps: OAuthDeps, oauth: OAuthCapability, state: string, { callbackUrl, browserSecret }: OAuthCallback, call: Call) {
  const codeVerifier = oauth.pkce ? codeVerifierOf(browserSecret, state, deps.digest) : null;
  const grant = await oauth.exchangeCode({ callbackUrl, state, codeVerifier }, call);
  return grant.mapErr((error): FinishOAuthError => ({ kind: "provider", error }));
}

/** Consent was given for what lived then; whoever was erased or disconnected since does not come back by it. */
function stillMeant(
  { provider, sourceId, begunAt }: PendingAuthorization,
  records: readonly SourceRecord[],
): Result<void, FinishOAuthError> {
  const wasErased = erasedOf(records).some((each) => each.endedAt > begunAt || each.sourceId === sourceId);
  const wasLeft = records.some((record) => record.sourceId === sourceId && record.phase === "disconnected" && record.phaseSince > begunAt);
  const living = livingSource(records, provider);
  if (wasErased || wasLeft) return err({ kind: "another_source" });
  // What is gone without having been erased was never there for good: another connect had begun it, and failed.
  if (living === undefined || living.sourceId === sourceId) return ok();
  // It is being connected at this moment, by this very callback most likely: browsers call twice.
  return err({ kind: sourceId === null && living?.phase === "connecting" ? "not_begun_here" : "another_source" });
}

function livingSource(records: readonly SourceRecord[], provider: ProviderName): SourceRecord | undefined {
  return records.find((record) => record.provider === provider && record.phase !== "erased");
}

function noConsent({ displayName }: LoadedProvider): ConnectError {
  return { kind: "no_such_way", message: `${displayName} is not connected by consent.` };
}

function nowOf({ clock }: OAuthDeps): Instant {
  return Math.floor(clock.nowMs() / 1000) as Instant;
}
