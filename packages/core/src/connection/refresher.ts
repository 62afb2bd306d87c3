import { err, ok, type Result } from "neverthrow";
import { type AsyncResult, type Call, uncancelled } from "../ports/call.ts";
import type { CgmProvider, Credentials, ProviderError } from "../ports/cgm-provider.ts";
import type { Clock } from "../ports/clock.ts";
import type { ScheduleEntry, SealedSecrets, SourceKey } from "../ports/connection-store.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { RateBudget } from "../ports/rate-budget.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { RefreshFailed } from "./refresh-failed.ts";
import { type ClaimDeps, createRenewalClaims, type Foreign } from "./renewal-claims.ts";
import { createRenewalDoubts } from "./renewal-doubts.ts";
import { createRenewedPairs, type PairDeps } from "./renewed-pairs.ts";
import { isSameBytes } from "./same-bytes.ts";
import { type OpenedSecrets, openSealed, type SecretsDeps, type SourceSecrets, sealSecrets } from "./secrets.ts";

export interface RefresherDeps extends PairDeps, ClaimDeps {
  readonly budget: RateBudget;
}

type Source = SourceKey & Pick<ScheduleEntry, "provider">;

/**
 * Renews credentials of which each can be spent once. The renewal is claimed in the store first, which also proves that the store takes
 * writes; what the provider gives is stored before anybody uses it.
 */
export interface Refresher {
  /**
   * Answers credentials that are not stale: those that are stored, if somebody else has renewed them, or renewed ones. One call at a
   * time for each source. Once the provider is asked, nothing cancels it.
   */
  refresh(
    provider: CgmProvider,
    source: Source,
    isStale: (secrets: OpenedSecrets) => boolean,
    call: Call,
  ): Promise<Result<OpenedSecrets, RefreshFailed>>;
  /** Tries again to store what the store did not take. Answers of how many sources it still does not; `0` costs nothing. */
  storeKept(): Promise<number>;
  /** The source lives no more. */
  end(sourceId: SourceId): void;
}

/** A process that stood still for longer between claiming and asking claims anew: somebody may have taken it for dead. */
const CLAIM_IS_FRESH_MS = 60_000;
const TAKEN_OVER_WAIT_MS = 15_000;

export function createRefresher(deps: RefresherDeps): Refresher {
  const claims = createRenewalClaims(deps);
  const doubts = createRenewalDoubts(deps.clock);
  const pairs = createRenewedPairs(deps);

  async function refresh(
    provider: CgmProvider,
    source: Source,
    isStale: (secrets: OpenedSecrets) => boolean,
    call: Call,
  ): Promise<Result<OpenedSecrets, RefreshFailed>> {
    const kept = await pairs.store(source);
    if (kept.isErr()) return err(kept.error);
    let isLeased = false;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const read = await readStored(deps, source, call);
      if (read.isErr()) {
        claims.forget(source.sourceId);
        return err(read.error);
      }
      const { stored, secrets } = read.value;
      if (!isStale(secrets)) {
        claims.forget(source.sourceId);
        return ok(secrets);
      }
      const renew = renewalOf(provider, secrets);
      if (renew === null) return err({ at: "provider", error: NO_WAY });
      const turn = claims.turnOf(source, stored);
      if (turn.kind === "foreign") return err(lookAgain(turn));
      // Whoever claims what a dead process left rests first, and asks nobody.
      if (turn.kind === "ours" && !isLeased) {
        const lease = await deps.budget.take(source, "live");
        if (lease.kind === "wait") return err({ at: "claimed", waitMs: lease.waitMs, goesOnInMs: null });
        isLeased = true;
      }
      deps.checkpoint("refresh.before_claim");
      const isFresh = freshnessOf(deps.clock);
      const claimed = await claims.claim(source, stored, call);
      if (claimed.isErr()) return err({ at: "store", error: claimed.error });
      if (claimed.value.kind === "foreign") return err(lookAgain(claimed.value));
      if (claimed.value.kind === "lost") continue;
      deps.checkpoint("refresh.after_claim");
      if (isFresh()) return spend(renew, source, secrets, claimed.value.stored);
    }
    return err({ at: "store", error: { kind: "retry", message: "The credentials are being changed by somebody else over and over." } });
  }

  async function spend(
    renew: Renew,
    source: SourceKey,
    secrets: SourceSecrets,
    claimed: SealedSecrets,
  ): Promise<Result<OpenedSecrets, RefreshFailed>> {
    deps.checkpoint("refresh.before_request");
    // What was begun with the provider is brought to its end: half of it would be a grant that nobody holds.
    const renewed = await renew(secrets.credentials, uncancelled);
    deps.checkpoint("refresh.after_response");
    if (renewed.isErr()) {
      const isSettled = doubts.isSettled(source, claimed.sealed, renewed.error);
      return refused(deps, source, claimed, isSettled ? REFUSED_FOR_A_DAY : { at: "provider", error: renewed.error });
    }
    doubts.forget(source.sourceId);
    const { webhookSecret, way } = secrets;
    const obtainedAt = Math.floor(deps.clock.nowMs() / 1000) as Instant;
    const next: SourceSecrets = { credentials: renewed.value, obtainedAt, way, webhookSecret };
    const sealed = await sealSecrets(deps, source, next);
    if (sealed.isErr()) return err(sealed.error);
    pairs.keep(source, { secrets: next, sealed: sealed.value, over: claimed });
    const stored = await pairs.store(source);
    return stored.andThen((own) => (own === null ? err<OpenedSecrets, RefreshFailed>({ at: "gone" }) : ok(own)));
  }

  return {
    refresh,
    async storeKept() {
      // At once: one that the store never takes must not keep others waiting.
      await Promise.all(pairs.held().map(async (source) => (await pairs.store(source)).unwrapOr(null)));
      return pairs.held().length;
    },
    end(sourceId) {
      claims.forget(sourceId);
      doubts.forget(sourceId);
      pairs.drop(sourceId);
    },
  };
}

type RefusedBy = Extract<RefreshFailed, { readonly at: "provider" }>;

/** A refusal is believed only if what was refused is still what is stored. After anything else the outcome is unknown, and the claim stays. */
async function refused(
  deps: RefresherDeps,
  source: SourceKey,
  claimed: SealedSecrets,
  failed: RefusedBy,
): Promise<Result<OpenedSecrets, RefreshFailed>> {
  if (failed.error.kind !== "reconnect") return err(failed);
  const read = await readStored(deps, source, uncancelled);
  if (read.isErr()) return err(read.error);
  const { stored, secrets } = read.value;
  if (!isSameBytes(stored.sealed, claimed.sealed)) return ok(secrets);
  return stored.version === claimed.version ? err(failed) : err({ at: "claimed", waitMs: TAKEN_OVER_WAIT_MS, goesOnInMs: null });
}

interface Stored {
  readonly stored: SealedSecrets;
  readonly secrets: OpenedSecrets;
}

async function readStored(deps: SecretsDeps, source: SourceKey, call: Call): Promise<Result<Stored, RefreshFailed>> {
  const stored = await deps.connections.secretsOf(source, call);
  if (stored.isErr()) return err({ at: "store", error: stored.error });
  const kept = stored.value;
  if (kept === null) return err({ at: "provider", error: NONE_STORED });
  const { sealed, version } = kept;
  if (sealed === null) return err({ at: "gone" });
  const opened = await openSealed(deps, source, { sealed, version });
  return opened.map((secrets) => ({ stored: kept, secrets }));
}

/** What is stored, as it is. */
export async function openStored(deps: SecretsDeps, source: SourceKey, call: Call): Promise<Result<OpenedSecrets, RefreshFailed>> {
  const read = await readStored(deps, source, call);
  return read.map(({ secrets }) => secrets);
}

function lookAgain({ waitMs, goesOnInMs }: Foreign): RefreshFailed {
  return { at: "claimed", waitMs, goesOnInMs };
}

/** Both clocks: the monotonic one may stand still while a machine sleeps. */
function freshnessOf(clock: Clock): () => boolean {
  const [atMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
  return () => Math.max(clock.nowMs() - atMs, clock.monotonicMs() - monotonicMs) < CLAIM_IS_FRESH_MS;
}

type Renew = (credentials: Credentials, call: Call) => AsyncResult<Credentials, ProviderError>;

/** In the way in which they were granted; where nobody noted that, in the one that the provider has. */
export function renewalOf({ oauth, login }: CgmProvider, { way }: Pick<SourceSecrets, "way">): Renew | null {
  const byConsent: Renew | null = oauth === undefined ? null : (credentials, call) => oauth.refresh(credentials, call);
  const byLogin: Renew | null = login === undefined ? null : (credentials, call) => login.renew(credentials, call);
  switch (way) {
    case "consent":
      return byConsent;
    case "login":
      return byLogin;
    case null:
      return byConsent ?? byLogin;
  }
}

const NO_WAY: ProviderError = {
  kind: "reconnect",
  message: "The provider no longer takes these credentials, and there is no way to renew them.",
};

const REFUSED_FOR_A_DAY: RefusedBy = {
  at: "provider",
  isInferred: true,
  error: {
    kind: "reconnect",
    message:
      "For a day the provider has done nothing but refuse to renew access, and did not say why: it was probably taken back, or has run out. Connect again.",
  },
};

export const NONE_STORED: ProviderError = { kind: "reconnect", message: "No credentials are stored for this source. Connect it again." };
