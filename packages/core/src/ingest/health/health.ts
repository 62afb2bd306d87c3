import type { ProviderError } from "../../ports/cgm-provider.ts";
import type { Chance } from "../../ports/chance.ts";
import type { SourceHealth } from "../../ports/source-record.ts";
import type { Instant } from "../../reading/instant.ts";
import { type BackoffPolicy, backoffMs, STOPPED_LONGEST_SECONDS } from "../source/backoff.ts";

const LONGEST_MESSAGE = 300;
/** A bug is asked about again after a minute, then ever more seldom, once a day in the end. */
const STOPPED: BackoffPolicy = { firstSeconds: 60, longestSeconds: STOPPED_LONGEST_SECONDS };

/** What a failed attempt means: how the source is, and when to try again. `null`: not before the person has acted. */
export interface Setback {
  readonly health: SourceHealth;
  readonly waitMs: number | null;
}

/** `attempts` counts the failed ones in a row, this one included. */
export function setbackOf(
  error: ProviderError,
  before: SourceHealth,
  attempts: number,
  nowMs: number,
  policy: BackoffPolicy,
  chance: Chance,
): Setback {
  const message = error.message.slice(0, LONGEST_MESSAGE);
  const now = Math.floor(nowMs / 1000) as Instant;
  const since = (kind: SourceHealth["kind"]) => (before.kind === kind ? before.since : now);
  switch (error.kind) {
    case "retry": {
      const waitMs = backoffMs(policy, attempts, chance, error.retryAfterMs);
      const nextAttemptAt = Math.ceil((nowMs + waitMs) / 1000) as Instant;
      return { waitMs, health: { kind: "failing", since: since("failing"), attempts, message, nextAttemptAt } };
    }
    case "reconnect":
      return { waitMs: null, health: { kind: "needs_reconnect", since: since("needs_reconnect"), message } };
    case "stop":
      return { waitMs: backoffMs(STOPPED, attempts, () => 1), health: { kind: "stopped", since: since("stopped"), message } };
  }
}
