import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { CgmProvider, ProviderError } from "../ports/cgm-provider.ts";
import type { SourceKey } from "../ports/connection-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import { type OpenedSecrets, openSecrets, replaceSecrets, type SecretsDeps, type SecretsError } from "./secrets.ts";

export type RenewFailed = { readonly at: "provider"; readonly error: ProviderError } | { readonly at: "store"; readonly error: StoreError };

/**
 * New credentials for a source whose old ones the provider no longer takes. If somebody else has renewed them since, theirs are used.
 * The new ones are stored before they are answered.
 */
export async function renew(
  deps: SecretsDeps,
  provider: CgmProvider,
  source: SourceKey,
  refused: OpenedSecrets,
  call: Call,
): Promise<Result<OpenedSecrets, RenewFailed>> {
  const stored = await openStored(deps, source, call);
  if (stored.isErr()) return err(stored.error);
  if (stored.value.version !== refused.version) return ok(stored.value);
  const renewed = await askForNew(provider, stored.value, call);
  if (renewed.isErr()) return err({ at: "provider", error: renewed.error });
  const secrets = { credentials: renewed.value, obtainedAt: null, webhookSecret: stored.value.webhookSecret };
  const written = await replaceSecrets(deps, source, secrets, stored.value.version, call);
  if (written.isErr()) return err(asFailure(written.error));
  return written.value === "written" ? ok({ ...secrets, version: stored.value.version + 1 }) : openStored(deps, source, call);
}

async function askForNew(provider: CgmProvider, secrets: OpenedSecrets, call: Call) {
  if (provider.oauth !== undefined) return provider.oauth.refresh(secrets.credentials, call);
  if (provider.login !== undefined) return provider.login.renew(secrets.credentials, call);
  return err({ kind: "reconnect", message: "The provider no longer takes these credentials, and there is no way to renew them." } as const);
}

export async function openStored(deps: SecretsDeps, source: SourceKey, call: Call): Promise<Result<OpenedSecrets, RenewFailed>> {
  const opened = await openSecrets(deps, source, call);
  if (opened.isErr()) return err(asFailure(opened.error));
  if (opened.value === null) return err(reconnect("No credentials are stored for this source. Connect it again."));
  return ok(opened.value);
}

function asFailure(error: SecretsError): RenewFailed {
  return error.at === "store" ? error : reconnect(error.error.message);
}

function reconnect(message: string): RenewFailed {
  return { at: "provider", error: { kind: "reconnect", message } };
}
