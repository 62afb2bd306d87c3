import type { WebhookCapability } from "../../ports/cgm-provider.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import { type BackoffPolicy, STOPPED_LONGEST_SECONDS } from "../source/backoff.ts";
import type { IngestDeps } from "../source/ingest-deps.ts";
import type { SourceState } from "../source/source-state.ts";

/** Polls bring all that is there: a vendor that cannot be asked to call just now is in no hurry. */
export const ASKED_AGAIN: BackoffPolicy = { firstSeconds: 60, longestSeconds: 6 * 3_600 };
const LONGEST_WAIT_MS = (STOPPED_LONGEST_SECONDS + ASKED_AGAIN.firstSeconds) * 1_000;

/** What it takes to be called: a vendor that can be asked, and an address by which it reaches this service. */
export interface Line {
  readonly webhook: WebhookCapability;
  readonly subscribe: NonNullable<WebhookCapability["subscribe"]>;
  readonly url: URL;
}

export function lineOf(deps: IngestDeps, record: SourceRecord, { provider: { webhook } }: LoadedProvider): Line | null {
  const subscribe = webhook?.subscribe;
  const url = subscribe === undefined ? null : (deps.callbackUrl?.(record) ?? null);
  return webhook === undefined || subscribe === undefined || url === null ? null : { webhook, subscribe, url };
}

/** In how long the vendor is to be asked to call; `Infinity` where it calls already, or cannot. It waits while polls do: both ask the same provider. */
export function pushInMs(deps: IngestDeps, state: SourceState, loaded: LoadedProvider): number {
  const { push } = state.record;
  const line = lineOf(deps, state.record, loaded);
  if (line === null || (push?.kind === "on" && push.url === line.url.href)) return Infinity;
  const heldMs = Math.max(state.pushNotBeforeMs, state.live.notBeforeMs) - deps.clock.monotonicMs();
  const waitMs = push?.kind === "off" ? push.nextAttemptAt * 1_000 - deps.clock.nowMs() : 0;
  // A clock that fell back does not make a wait longer.
  return Math.max(0, heldMs, waitMs > LONGEST_WAIT_MS ? 0 : waitMs);
}
