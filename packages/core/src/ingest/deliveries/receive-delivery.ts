import { err, ok, type Result } from "neverthrow";
import { openSecrets, type SecretsDeps } from "../../connection/secrets.ts";
import type { Call } from "../../ports/call.ts";
import type { WebhookCapability, WebhookRefused, WebhookRequest } from "../../ports/cgm-provider.ts";
import type { Checkpoint } from "../../ports/checkpoint.ts";
import type { LoadedProviders, WhyNotLoaded } from "../../ports/loaded-provider.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { QueueError, WorkQueue } from "../../ports/work-queue.ts";
import type { ProviderName, UserId } from "../../reading/identifiers.ts";

/**
 * `unknown_user`: nobody of that id is connected. `takes_none`: the user has no connection that takes deliveries (of that provider).
 * `several`: say which provider. `not_loaded`: the provider is meant to be here, and is not for now. `sealed`: the source's secret cannot be opened; the person has to connect again.
 */
export type ReceiveError =
  | WebhookRefused
  | { readonly kind: "unknown_user" }
  | { readonly kind: "takes_none" }
  | { readonly kind: "several"; readonly providers: readonly ProviderName[] }
  | { readonly kind: "not_loaded"; readonly message: string }
  | { readonly kind: "sealed"; readonly message: string }
  | { readonly kind: "store"; readonly error: StoreError }
  | { readonly kind: "queue"; readonly error: QueueError };

/** `accepted`: it is on disk, and will be stored once however often it is sent. */
export type Received =
  | { readonly kind: "accepted"; readonly source: SourceRecord }
  | { readonly kind: "challenge"; readonly contentType: string; readonly reply: string };

export interface ReceiveDeps extends SecretsDeps {
  readonly providers: LoadedProviders;
  readonly whyNotLoaded?: WhyNotLoaded;
  readonly queue: Pick<WorkQueue, "enqueue">;
  readonly checkpoint: Checkpoint;
}

/** Takes a delivery for a user: verified against the secret of that user's one source, then durably queued. `provider` decides where several could be meant. */
export async function receiveDelivery(
  deps: ReceiveDeps,
  userId: UserId,
  provider: ProviderName | null,
  request: WebhookRequest,
  call: Call,
): Promise<Result<Received, ReceiveError>> {
  const found = await findSource(deps, userId, provider, call);
  if (found.isErr()) return err(found.error);
  const { record, webhook } = found.value;
  const secrets = await openSecrets(deps, record, call);
  if (secrets.isErr() && secrets.error.at === "store") return err({ kind: "store", error: secrets.error.error });
  if (secrets.isErr()) return err({ kind: "sealed", message: secrets.error.error.message });
  const secret = secrets.value?.webhookSecret ?? null;
  if (secret === null) return err({ kind: "takes_none" });
  const verified = await webhook.verify(request, secret, call);
  if (verified.isErr()) return err(verified.error);
  if (verified.value.kind === "challenge") return ok(verified.value);
  deps.checkpoint("delivery.before_enqueue");
  const { userId: owner, sourceId, provider: name } = record;
  const { id, signedAt } = verified.value;
  const queued = await deps.queue.enqueue({ id, userId: owner, sourceId, provider: name, signedAt, body: request.body }, call);
  if (queued.isErr()) return err({ kind: "queue", error: queued.error });
  deps.checkpoint("delivery.after_enqueue");
  return ok({ kind: "accepted", source: record });
}

interface WebhookSource {
  readonly record: SourceRecord;
  readonly webhook: WebhookCapability;
}

async function findSource(
  deps: ReceiveDeps,
  userId: UserId,
  provider: ProviderName | null,
  call: Call,
): Promise<Result<WebhookSource, ReceiveError>> {
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err({ kind: "store", error: records.error });
  const living = records.value.filter(({ phase }) => phase !== "erased");
  if (living.length === 0) return err({ kind: "unknown_user" });
  const meant = living.filter((record) => record.phase === "connected" && (provider === null || record.provider === provider));
  const sources = meant.flatMap((record): WebhookSource[] => {
    const webhook = deps.providers.get(record.provider)?.provider.webhook;
    return webhook === undefined ? [] : [{ record, webhook }];
  });
  const [first, ...others] = sources;
  if (first === undefined) return err(noneTaken(deps, meant));
  if (others.length > 0) return err({ kind: "several", providers: sources.map(({ record }) => record.provider) });
  return ok(first);
}

/** Whoever may take it once a provider is back is asked to send it again. */
function noneTaken({ providers, whyNotLoaded }: ReceiveDeps, meant: readonly SourceRecord[]): ReceiveError {
  const absent = meant.filter(({ provider }) => !providers.has(provider));
  const [message] = absent.flatMap(({ provider }) => whyNotLoaded?.(provider) ?? []);
  return message === undefined ? { kind: "takes_none" } : { kind: "not_loaded", message };
}
