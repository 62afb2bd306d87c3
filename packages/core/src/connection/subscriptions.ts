import type { Result } from "neverthrow";
import type { AsyncResult, Call } from "../ports/call.ts";
import type { Credentials, ProviderError, WebhookCapability } from "../ports/cgm-provider.ts";
import type { Delay } from "../ports/delay.ts";
import { linkedSignal } from "../ports/linked-signal.ts";
import type { LoadedProviders } from "../ports/loaded-provider.ts";
import type { Logger } from "../ports/logger.ts";
import type { BudgetedUser, RateBudget } from "../ports/rate-budget.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import { openSecrets, type SecretsDeps } from "./secrets.ts";

/** Vendors that were asked to call are asked to stop when somebody leaves. That never fails for the caller. */
export interface Subscriptions {
  /** Looks up what is needed while it is there; what is answered ends the subscription, also once the source's secrets are gone. */
  ending(record: SourceRecord, call: Call): Promise<(call: Call) => Promise<void>>;
}

export interface SubscriptionsDeps extends SecretsDeps {
  readonly providers: LoadedProviders;
  readonly budget: RateBudget;
  readonly logger: Logger;
  readonly delay: Delay;
  /** Where deliveries for a source are taken; `null` where nobody outside can reach the service. */
  readonly callbackUrl: (record: SourceRecord) => URL | null;
}

/** Nobody waits longer to be disconnected or erased because a vendor does not answer. */
const LONGEST_WAIT_MS = 5_000;

export function createSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  return {
    async ending(record, call) {
      const line = await lineTo(deps, record, call);
      const unsubscribe = line?.webhook.unsubscribe;
      if (line === null || unsubscribe === undefined) return async () => undefined;
      const { webhook, credentials, callbackUrl } = line;
      return async (later) => {
        const reason = await asked(deps, record, later, (own) => unsubscribe.call(webhook, credentials, callbackUrl, own));
        warn(
          deps,
          record,
          reason,
          "The vendor was not told that it need not call for this source any more: what it still sends is refused.",
        );
      };
    },
  };
}

/** All that it takes to speak with a vendor about its calls. */
interface Line {
  readonly webhook: WebhookCapability;
  readonly credentials: Credentials;
  readonly callbackUrl: URL;
}

/** `null`: there is nobody to ask, nowhere to be called, or nothing to ask with. */
async function lineTo(deps: SubscriptionsDeps, record: SourceRecord, call: Call): Promise<Line | null> {
  const webhook = deps.providers.get(record.provider)?.provider.webhook;
  if (webhook?.unsubscribe === undefined) return null;
  const callbackUrl = deps.callbackUrl(record);
  if (callbackUrl === null) return null;
  const opened = await openSecrets(deps, record, call);
  if (opened.isErr()) {
    warn(deps, record, opened.error.error.message, "The vendor cannot be spoken to about its calls: the source's secrets cannot be read.");
    return null;
  }
  const secrets = opened.value;
  return secrets && { webhook, credentials: secrets.credentials, callbackUrl };
}

/** Why it was in vain; `null`: it was not. */
async function asked(
  deps: SubscriptionsDeps,
  user: BudgetedUser,
  call: Call,
  ask: (call: Call) => AsyncResult<void, ProviderError>,
): Promise<string | null> {
  const request = linkedSignal(call.signal);
  const timer = linkedSignal(call.signal);
  const answered = whyNoCall(deps, user, request.signal).then(async (why) => why ?? reasonIn(await ask({ signal: request.signal })));
  const late = deps.delay(LONGEST_WAIT_MS, timer.signal).then(() => `There was no answer within ${LONGEST_WAIT_MS / 1000} s.`);
  const reason = await Promise.race([answered, late]);
  request.end();
  timer.end();
  return reason;
}

function reasonIn(answer: Result<void, ProviderError>): string | null {
  return answer.isErr() ? answer.error.message : null;
}

/** It costs a call like any other; one that will be left in a moment is waited for. `null`: there is one. */
async function whyNoCall({ budget, delay }: SubscriptionsDeps, user: BudgetedUser, signal: AbortSignal): Promise<string | null> {
  for (;;) {
    const lease = await budget.take(user, "live");
    if (signal.aborted) return NO_CALL_LEFT;
    if (lease.kind === "granted") return null;
    if (lease.waitMs > LONGEST_WAIT_MS) return NO_CALL_LEFT;
    await delay(lease.waitMs, signal);
  }
}

const NO_CALL_LEFT = "The provider allows no more calls just now.";

function warn({ logger }: SubscriptionsDeps, { sourceId, provider }: SourceRecord, reason: string | null, message: string): void {
  if (reason !== null) logger.warn({ source: sourceId, provider, reason }, message);
}
