import { err, ok, type Result } from "neverthrow";
import { type Call, uncancelled } from "../../ports/call.ts";
import type { Credentials, ProviderError } from "../../ports/cgm-provider.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { Push, SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { Instant } from "../../reading/instant.ts";
import { type RenewingDeps, usableCredentials } from "../asking/credentials.ts";
import { settleFailed, settleGood } from "../health/settle.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { backoffMs } from "../source/backoff.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { refreshRecord, writeRecord } from "../source/record-writes.ts";
import type { SourceState } from "../source/source-state.ts";
import { ASKED_AGAIN, type Line, lineOf, pushInMs } from "./push-line.ts";

/** Where something else than the vendor stood in the way. */
const LOOK_AGAIN_MS = 60_000;
const LONGEST_MESSAGE = 300;

/**
 * Asks the vendor to call for this source, if that is due. Whatever comes of it, polls go on as if it never called. Where nothing is ever
 * polled, nothing else shows that there are no credentials to ask with, and that there are again.
 */
export async function pushTurn(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  call: Call,
): Promise<Result<void, StoreError>> {
  const line = lineOf(deps, state.record, loaded);
  if (line === null || pushInMs(deps, state, loaded) > 0) return ok(undefined);
  state.pushNotBeforeMs = deps.clock.monotonicMs() + LOOK_AGAIN_MS;
  const usable = await usableCredentials(deps, state, loaded, call);
  const isPolled = loaded.provider.poll !== undefined;
  if (usable.isErr()) return isPolled ? ok(undefined) : settleFailed(deps, publisher, state, "live", usable.error, call);
  const { credentials, webhookSecret } = usable.value.secrets;
  if (webhookSecret === null) {
    // Connected before the provider took deliveries: there will be a secret when it is connected again.
    state.pushNotBeforeMs = Infinity;
    return ok(undefined);
  }
  const lease = await deps.budget.take(state.record, "live");
  if (lease.kind === "wait") {
    state.pushNotBeforeMs = deps.clock.monotonicMs() + lease.waitMs;
    return ok(undefined);
  }
  const asked = state.record;
  const answered = await line.subscribe.call(line.webhook, credentials, line.url, webhookSecret, call);
  if (answered.isErr() && call.signal.aborted) {
    const read = await refreshRecord(deps, state, uncancelled);
    await endIfLeft(deps, state, line, credentials);
    return read.map(() => undefined);
  }
  const push = answered.isOk() ? isOn(deps, line) : isOff(deps, asked, answered.error);
  const isMeant = ({ phase, phaseSince }: SourceRecord) => phase === "connected" && phaseSince === asked.phaseSince;
  const written = await writeRecord(deps, state, (record) => (isMeant(record) ? { ...record, push } : record), uncancelled);
  tell(deps, asked, push, isPolled);
  await endIfLeft(deps, state, line, credentials);
  if (written.isErr()) return err(written.error);
  return isPolled || answered.isErr() ? ok(undefined) : settleGood(deps, publisher, state, "live", null, call);
}

/** Whoever left while the vendor was asked may have ended the subscription before it began. */
async function endIfLeft(
  { budget }: IngestDeps,
  { record, isEnded }: SourceState,
  { webhook, url }: Line,
  credentials: Credentials,
): Promise<void> {
  if (!isEnded && record.phase === "connected") return;
  // What the vendor still sends is refused: nothing more is to be done where no call is left for this, or it fails.
  const lease = await budget.take(record, "live");
  if (lease.kind === "wait") return;
  (await webhook.unsubscribe?.(credentials, url, uncancelled))?.unwrapOr(undefined);
}

function isOn(deps: IngestDeps, { url }: Line): Push {
  return { kind: "on", since: nowOf(deps.clock), url: url.href };
}

function isOff(deps: IngestDeps, { push: before }: SourceRecord, error: ProviderError): Push {
  const now = nowOf(deps.clock);
  const [since, attempts] = before?.kind === "off" ? [before.since, before.attempts + 1] : [now, 1];
  const retryAfterMs = error.kind === "retry" ? error.retryAfterMs : undefined;
  const waitMs = backoffMs(ASKED_AGAIN, attempts, deps.chance, retryAfterMs);
  const nextAttemptAt = Math.ceil((deps.clock.nowMs() + waitMs) / 1_000) as Instant;
  return { kind: "off", since, attempts, message: error.message.slice(0, LONGEST_MESSAGE), nextAttemptAt };
}

function tell(
  { logger, clock }: IngestDeps,
  { sourceId: source, provider, push: before }: SourceRecord,
  push: Push,
  isPolled: boolean,
): void {
  if (push.kind === "off") {
    const wait_ms = push.nextAttemptAt * 1_000 - clock.nowMs();
    logger.warn(
      { source, provider, attempts: push.attempts, wait_ms, reason: push.message },
      isPolled ? NOT_CALLED : NOT_CALLED_NOR_POLLED,
    );
  } else if (before?.kind === "off") logger.info({ source, provider }, "The vendor calls for this source from now on.");
}

const NOT_CALLED =
  "The vendor could not be asked to call for this source. Nothing is lost: its readings come by polls, a little later. It is asked again after a while; connecting again asks at once.";
const NOT_CALLED_NOR_POLLED =
  "The vendor could not be asked to call for this source, and it cannot be polled, so no new readings come. It is asked again after a while; connecting again asks at once.";
