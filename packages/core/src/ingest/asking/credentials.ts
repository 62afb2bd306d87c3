import { err, ok, type Result } from "neverthrow";
import type { RefreshFailed } from "../../connection/refresh-failed.ts";
import { NONE_STORED, openStored, type Refresher, renewalOf } from "../../connection/refresher.ts";
import { isExpired, isRenewalDue, renewalAt } from "../../connection/renewal-due.ts";
import type { OpenedSecrets } from "../../connection/secrets.ts";
import type { Call } from "../../ports/call.ts";
import type { Credentials } from "../../ports/cgm-provider.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { Instant } from "../../reading/instant.ts";
import { backoffMs } from "../source/backoff.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import type { RecentPolls } from "../source/recent-polls.ts";
import { refreshRecord } from "../source/record-writes.ts";
import type { SourceState } from "../source/source-state.ts";
import type { FetchFailed } from "./fetch-window.ts";

export interface RenewingDeps extends IngestDeps {
  readonly refresher: Refresher;
  readonly recentPolls: RecentPolls;
}

/** Credentials that work as far as one can tell. */
export interface Usable {
  readonly secrets: OpenedSecrets;
  /** Just renewed: if the provider refuses these, others will not do either. */
  readonly isNew: boolean;
}

/** What was renewed is not renewed again sooner, however short the provider makes its life. */
const LEAST_BETWEEN_RENEWALS_MS = 60_000;

/** Does something with a source's credentials; if the provider refuses them, once more with renewed ones. */
export async function withCredentials<T>(
  deps: RenewingDeps,
  state: SourceState,
  loaded: LoadedProvider,
  use: (credentials: Credentials) => Promise<Result<T, FetchFailed>>,
  call: Call,
): Promise<Result<T, FetchFailed>> {
  const usable = await usableCredentials(deps, state, loaded, call);
  if (usable.isErr()) return err(usable.error);
  const { secrets, isNew } = usable.value;
  const first = await used(state, use(secrets.credentials));
  if (first.isOk() || !isRefusal(first.error)) return first;
  const isRenewable = renewalOf(loaded.provider, secrets) !== null;
  if (isNew || isDoubted(state, secrets)) return err(onceConfirmed(deps, state, secrets, first.error, isRenewable));
  const now = nowOf(deps.clock);
  const isRefused = (stored: OpenedSecrets) => isSameCredentials(stored.credentials, secrets.credentials) || isExpired(stored, now);
  const renewed = await renew(deps, state, loaded, isRefused, call);
  if (renewed.isErr()) {
    const failed = await toFetchFailed(deps, state, renewed.error, call);
    return err(!isRenewable && isRefusal(failed) ? onceConfirmed(deps, state, secrets, failed, false) : failed);
  }
  const second = await used(state, use(renewed.value.credentials));
  return second.mapErr((error) => (isRefusal(error) ? onceConfirmed(deps, state, renewed.value, error, true) : error));
}

/** What works is not doubted any more. */
async function used<T>(state: SourceState, answer: Promise<Result<T, FetchFailed>>): Promise<Result<T, FetchFailed>> {
  const answered = await answer;
  if (answered.isOk()) state.doubt = null;
  return answered;
}

/** Vendors have hiccups in which they refuse what they grant. Before the person is asked, the vendor is, once more after so long. */
const CONFIRMED_AFTER_MS = 300_000;
/** Whoever renews a grant grants access: that its data are refused all the same is believed only after a day of it. */
const RENEWABLE_CONFIRMED_AFTER_MS = 86_400_000;

function isDoubted({ doubt, record }: SourceState, { credentials }: OpenedSecrets): boolean {
  return doubt !== null && doubt.phaseSince === record.phaseSince && isSameCredentials(doubt.credentials, credentials);
}

/** The refusal, if nothing but refusals came for a while; until then, that the provider is to be asked again. */
function onceConfirmed(
  deps: RenewingDeps,
  state: SourceState,
  { credentials }: OpenedSecrets,
  refusal: FetchFailed,
  isRenewable: boolean,
): FetchFailed {
  const { doubt, record } = state;
  const nowMs = deps.clock.monotonicMs();
  const sinceMs = doubt?.phaseSince === record.phaseSince ? doubt.sinceMs : nowMs;
  state.doubt = { credentials, sinceMs, phaseSince: record.phaseSince };
  const leftMs = sinceMs + (isRenewable ? RENEWABLE_CONFIRMED_AFTER_MS : CONFIRMED_AFTER_MS) - nowMs;
  if (leftMs <= 0) return refusal;
  if (isRenewable) return { at: "provider", error: { kind: "retry", message: GRANTED_AND_REFUSED } };
  return { at: "provider", error: { kind: "retry", message: DOUBTED, retryAfterMs: leftMs } };
}

const GRANTED_AND_REFUSED =
  "The provider renews access and refuses the data all the same. Nothing is to be done yet: it is asked again and again, and only after a day of this would you have to connect again.";

const DOUBTED =
  "The provider refuses access that it should grant. Nothing is to be done yet: it is asked once more in some minutes, and only then would you have to connect again.";

/**
 * What is remembered or stored, renewed first if a quarter of its life or less is left. While that does not work just now, what is left of
 * its life is used up.
 */
export async function usableCredentials(
  deps: RenewingDeps,
  state: SourceState,
  loaded: LoadedProvider,
  call: Call,
): Promise<Result<Usable, FetchFailed>> {
  const opened = state.secrets === null ? await openStored(deps, state.record, call) : ok<OpenedSecrets, RefreshFailed>(state.secrets);
  if (opened.isErr()) return err(await toFetchFailed(deps, state, opened.error, call));
  const secrets = opened.value;
  state.secrets = secrets;
  const now = nowOf(deps.clock);
  const isAsGood = !isExpired(secrets, now);
  if (!isDue(deps, state, loaded, secrets, now, isAsGood)) return ok({ secrets, isNew: false });
  const renewed = await renew(deps, state, loaded, (stored) => isRenewalDue(stored, now), call);
  if (renewed.isOk()) return ok({ secrets: renewed.value, isNew: (renewed.value.obtainedAt ?? 0) >= now });
  if (!isAsGood || !canWait(renewed.error)) return err(await toFetchFailed(deps, state, renewed.error, call));
  state.secrets = secrets;
  waitWithRenewal(deps, state, renewed.error);
  return ok({ secrets, isNew: false });
}

function isDue(
  deps: RenewingDeps,
  state: SourceState,
  { provider }: LoadedProvider,
  secrets: OpenedSecrets,
  now: Instant,
  mayWait: boolean,
): boolean {
  if (!isRenewalDue(secrets, now) || renewalOf(provider, secrets) === null) return false;
  return !mayWait || deps.clock.monotonicMs() >= state.renewal.notBeforeMs;
}

async function renew(
  deps: RenewingDeps,
  state: SourceState,
  { provider }: LoadedProvider,
  isStale: (secrets: OpenedSecrets) => boolean,
  call: Call,
): Promise<Result<OpenedSecrets, RefreshFailed>> {
  const renewed = await deps.refresher.refresh(provider, state.record, isStale, call);
  state.secrets = renewed.unwrapOr(null);
  if (renewed.isOk()) state.renewal = { failures: 0, notBeforeMs: deps.clock.monotonicMs() + LEAST_BETWEEN_RENEWALS_MS };
  return renewed;
}

function isRefusal(failed: FetchFailed): boolean {
  return failed.at === "provider" && failed.error.kind === "reconnect" && failed.isForeign !== true;
}

/** A refusal that the provider meant ends the connection at once, and without the store nothing can be done anyway. */
function canWait(failed: RefreshFailed): boolean {
  switch (failed.at) {
    case "provider":
      return failed.error.kind !== "reconnect" || failed.isInferred === true;
    case "vault":
    case "claimed":
      return true;
    case "store":
    case "gone":
      return false;
  }
}

function waitWithRenewal(deps: RenewingDeps, state: SourceState, failed: RefreshFailed): void {
  const { sourceId, provider } = state.record;
  const isTold = failed.at === "provider" || failed.at === "vault";
  const failures = isTold ? state.renewal.failures + 1 : state.renewal.failures;
  const retryAfterMs = failed.at === "provider" && failed.error.kind === "retry" ? failed.error.retryAfterMs : 0;
  const waitMs = failed.at === "claimed" ? failed.waitMs : backoffMs(deps.settings.backoff, failures, deps.chance, retryAfterMs);
  state.renewal = { failures, notBeforeMs: deps.clock.monotonicMs() + waitMs };
  if (!isTold) return;
  const fields = { source: sourceId, provider, attempts: failures, wait_ms: waitMs, reason: failed.error.message };
  deps.logger.warn(
    fields,
    "The credentials could not be renewed; they still work for a while, and renewing is tried again before they end.",
  );
}

async function toFetchFailed(deps: RenewingDeps, state: SourceState, failed: RefreshFailed, call: Call): Promise<FetchFailed> {
  switch (failed.at) {
    case "provider":
      return { at: "provider", error: failed.error, isRenewal: true };
    case "vault":
    case "store":
      return failed;
    // Somebody else is at this source: what is remembered of it may be old.
    case "claimed": {
      const read = await refreshRecord(deps, state, call);
      return read.isErr() ? { at: "store", error: read.error } : failed;
    }
    case "gone":
      return asItIsNow(deps, state, call);
  }
}

/** The credentials were deleted. The record is read before what is stored now: connected without credentials is what nobody ought to be. */
async function asItIsNow(deps: RenewingDeps, state: SourceState, call: Call): Promise<FetchFailed> {
  const read = await refreshRecord(deps, state, call);
  if (read.isErr()) return { at: "store", error: read.error };
  if (read.value.phase !== "connected") return { at: "gone" };
  const stored = await openStored(deps, state.record, call);
  if (stored.isOk()) return { at: "anew" };
  return toFetchFailed(deps, state, stored.error.at === "gone" ? { at: "provider", error: NONE_STORED } : stored.error, call);
}

function isSameCredentials(a: Credentials, b: Credentials): boolean {
  return JSON.stringify(a.value) === JSON.stringify(b.value);
}

/** Whether the grant needs looking after although nothing else is asked of the provider now. */
export function isRenewalWanted(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): boolean {
  const nowMs = deps.clock.monotonicMs();
  if (nowMs < state.live.notBeforeMs || nowMs < state.renewal.notBeforeMs) return false;
  // Whoever is never polled has to look once when its credentials end.
  if (state.secrets === null) return loaded.provider.poll === undefined && renewalOf(loaded.provider, { way: null }) !== null;
  return isRenewalDue(state.secrets, nowOf(deps.clock)) && renewalOf(loaded.provider, state.secrets) !== null;
}

/** In how long the source has to be tended for its credentials' sake; `Infinity` where it is tended often enough anyway. */
export function renewalInMs(deps: IngestDeps, state: SourceState, loaded: LoadedProvider, intervalSeconds: number): number {
  const { secrets } = state;
  const dueAt = secrets === null || renewalOf(loaded.provider, secrets) === null ? null : renewalAt(secrets);
  if (dueAt === null || intervalSeconds <= (secrets?.credentials.expiresAt ?? 0) - dueAt) return Infinity;
  const heldMs = Math.max(state.live.notBeforeMs, state.renewal.notBeforeMs) - deps.clock.monotonicMs();
  return Math.max(0, heldMs, dueAt * 1000 - deps.clock.nowMs());
}
