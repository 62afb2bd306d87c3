import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConnectionStore, SealedSecrets, SourceKey } from "../ports/connection-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";

/** `lost`: somebody else wrote first; read again. `foreign`: it is somebody else's turn, or theirs has only just ended; look again later. */
type Claimed =
  | { readonly kind: "ours"; readonly stored: SealedSecrets }
  | { readonly kind: "lost" }
  | { readonly kind: "foreign"; readonly waitMs: number };

export interface ClaimDeps {
  readonly connections: ConnectionStore;
  readonly clock: Clock;
  readonly replica: string;
}

/** Who may spend a grant. One at a time: where a grant is spent twice, vendors take it for stolen and end it. */
export interface RenewalClaims {
  /** Claims the renewal of the secrets that were read, or claims it once more: whoever holds a claim and lives is seen to. */
  claim(source: SourceKey, stored: SealedSecrets, call: Call): Promise<Result<Claimed, StoreError>>;
  /** How long a claim has stood is not known any more, or of no interest. */
  forget(sourceId: SourceId): void;
}

/** Far longer than a provider is waited for: whoever has not touched its claim since is dead. */
const ABANDONED_AFTER_MS = 600_000;
/** After a takeover: somebody who lives all the same, and could not store what it got, tries again more often than that. */
const REST_AFTER_TAKEOVER_MS = 60_000;
const LOOK_AGAIN_MS = 15_000;

export function createRenewalClaims({ connections, clock, replica }: ClaimDeps): RenewalClaims {
  const watched = new Map<SourceId, { readonly version: number; readonly sinceMs: number }>();
  const restUntilMs = new Map<SourceId, number>();

  /** For how long this very claim has been seen, by one's own clock. */
  function stoodMs({ sourceId }: SourceKey, { version }: SealedSecrets): number {
    const nowMs = clock.monotonicMs();
    const known = watched.get(sourceId);
    if (known?.version === version) return nowMs - known.sinceMs;
    watched.set(sourceId, { version, sinceMs: nowMs });
    return 0;
  }

  function forget(sourceId: SourceId): void {
    watched.delete(sourceId);
    restUntilMs.delete(sourceId);
  }

  return {
    async claim(source, stored, call) {
      const isForeign = stored.claim !== null && stored.claim.holder !== replica;
      if (isForeign && stoodMs(source, stored) < ABANDONED_AFTER_MS) return ok({ kind: "foreign", waitMs: LOOK_AGAIN_MS });
      const restMs = (restUntilMs.get(source.sourceId) ?? 0) - clock.monotonicMs();
      if (!isForeign && stored.claim !== null && restMs > 0) return ok({ kind: "foreign", waitMs: restMs });
      forget(source.sourceId);
      if (isForeign) restUntilMs.set(source.sourceId, clock.monotonicMs() + REST_AFTER_TAKEOVER_MS);
      const claim = { holder: replica, at: Math.floor(clock.nowMs() / 1000) as Instant };
      const next: SealedSecrets = { sealed: stored.sealed, claim, version: stored.version + 1 };
      const written = await connections.replaceSecrets(source, next, call);
      if (written.isErr()) return err(written.error);
      if (written.value.kind === "conflict") return ok({ kind: "lost" });
      return ok(isForeign ? { kind: "foreign", waitMs: REST_AFTER_TAKEOVER_MS } : { kind: "ours", stored: next });
    },
    forget,
  };
}
