import type { Checkpoint } from "../ports/checkpoint.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { Vault } from "../ports/vault.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";

export interface ConnectDeps {
  readonly connections: ConnectionStore;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
  /** Short and random: 13 of a–z 0–9. */
  readonly newSourceId: () => SourceId;
  /** Random: no other connect has the same. */
  readonly newConnectId: () => string;
  /** `whsec_` and 24 random bytes or more in base64. */
  readonly newWebhookSecret: () => string;
  /** No history from before so many seconds; `null`: all that the provider has. */
  readonly backfillSeconds: number | null;
}

export function nowOf(clock: Clock): Instant {
  return Math.floor(clock.nowMs() / 1000) as Instant;
}
