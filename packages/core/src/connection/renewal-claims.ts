import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConnectionStore, SealedSecrets, SourceKey } from "../ports/connection-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";

/**
 * It is somebody else's turn, or theirs has only just ended; look again later. `goesOnInMs`: where whoever claimed it seems to be dead, in how
 * long at the latest it is done here instead; `null` while it may well be at it.
 */
export interface Foreign {
  readonly kind: "foreign";
  readonly waitMs: number;
  readonly goesOnInMs: number | null;
}

/** `abandoned`: by somebody who is dead; it is claimed, and nobody is asked yet. */
type Turn = { readonly kind: "ours" } | { readonly kind: "abandoned" } | Foreign;

/** `lost`: somebody else wrote first; read again. */
type Claimed = { readonly kind: "ours"; readonly stored: SealedSecrets } | { readonly kind: "lost" } | Foreign;

export interface ClaimDeps {
  readonly connections: ConnectionStore;
  readonly clock: Clock;
  readonly replica: string;
  /** Nobody else can be at work while this process is: whoever claimed something before is dead. Absent: others may live. */
  readonly isAlone?: boolean;
}

/** Who may spend a grant. One at a time: where a grant is spent twice, vendors take it for stolen and end it. */
export interface RenewalClaims {
  /** Whose turn it is to renew the secrets that were read; writes nothing. */
  turnOf(source: SourceKey, stored: SealedSecrets): Turn;
  /** Claims the renewal of the secrets that were read, or claims it once more: whoever holds a claim and lives is seen to. */
  claim(source: SourceKey, stored: SealedSecrets, call: Call): Promise<Result<Claimed, StoreError>>;
  /** How long a claim has stood is not known any more, or of no interest. */
  forget(sourceId: SourceId): void;
}

/** Longer than a provider is waited for: whoever has not touched its claim since is dead. */
const ABANDONED_AFTER_MS = 600_000;
/** After a takeover: somebody who lives all the same, and could not store what it got, tries again more often than that. */
const REST_AFTER_TAKEOVER_MS = 60_000;
const LOOK_AGAIN_MS = 15_000;
/** However old a claim says that it is, its clock may have been behind ours: this much of its time is told by our own alone. */
const LEAST_WATCHED_MS = 60_000;
/** Whoever lives is done by then, as a rule. */
const SEEMS_DEAD_AFTER_MS = 60_000;
/** Whoever is told to wait does so for up to twice as long, so that not all of them come back at once. */
const LONGEST_REST_MS = 2 * REST_AFTER_TAKEOVER_MS;
const LONGEST_LOOK_MS = 2 * LOOK_AGAIN_MS;

export function createRenewalClaims({ connections, clock, replica, isAlone = false }: ClaimDeps): RenewalClaims {
  const watched = new Map<SourceId, { readonly version: number; readonly sinceMs: number }>();
  const restUntilMs = new Map<SourceId, number>();

  /** For how long this very claim has stood: what it had, by its own word, when it was first seen, and from then on by one's own clock. */
  function stoodMs({ sourceId }: SourceKey, version: number, claimedAt: Instant): number {
    const nowMs = clock.monotonicMs();
    const known = watched.get(sourceId);
    if (known?.version === version) return nowMs - known.sinceMs;
    const beforeMs = Math.min(Math.max(0, clock.nowMs() - claimedAt * 1000), ABANDONED_AFTER_MS - LEAST_WATCHED_MS);
    watched.set(sourceId, { version, sinceMs: nowMs - beforeMs });
    return beforeMs;
  }

  function forget(sourceId: SourceId): void {
    watched.delete(sourceId);
    restUntilMs.delete(sourceId);
  }

  function turnOf(source: SourceKey, { claim, version }: SealedSecrets): Turn {
    if (claim === null) return { kind: "ours" };
    if (claim.holder !== replica && !isAlone) {
      const leftMs = ABANDONED_AFTER_MS - stoodMs(source, version, claim.at);
      return leftMs > 0 ? { kind: "foreign", waitMs: LOOK_AGAIN_MS, goesOnInMs: goesOnInMs(leftMs) } : { kind: "abandoned" };
    }
    const restMs = (restUntilMs.get(source.sourceId) ?? 0) - clock.monotonicMs();
    return restMs > 0 ? { kind: "foreign", waitMs: restMs, goesOnInMs: LONGEST_REST_MS } : { kind: "ours" };
  }

  return {
    turnOf,
    async claim(source, stored, call) {
      const turn = turnOf(source, stored);
      if (turn.kind === "foreign") return ok(turn);
      forget(source.sourceId);
      if (turn.kind === "abandoned") restUntilMs.set(source.sourceId, clock.monotonicMs() + REST_AFTER_TAKEOVER_MS);
      const claim = { holder: replica, at: Math.floor(clock.nowMs() / 1000) as Instant };
      const next: SealedSecrets = { sealed: stored.sealed, claim, version: stored.version + 1 };
      const written = await connections.replaceSecrets(source, next, call);
      if (written.isErr()) return err(written.error);
      if (written.value.kind === "conflict") return ok({ kind: "lost" });
      const rest: Claimed = { kind: "foreign", waitMs: REST_AFTER_TAKEOVER_MS, goesOnInMs: LONGEST_REST_MS };
      return ok(turn.kind === "ours" ? { kind: "ours", stored: next } : rest);
    },
    forget,
  };
}

function goesOnInMs(leftMs: number): number | null {
  return leftMs > ABANDONED_AFTER_MS - SEEMS_DEAD_AFTER_MS ? null : leftMs + LONGEST_LOOK_MS + LONGEST_REST_MS;
}
