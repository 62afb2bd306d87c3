import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Credentials } from "../ports/cgm-provider.ts";
import type { ConnectionStore, SourceKey } from "../ports/connection-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Vault, VaultError } from "../ports/vault.ts";

/** All that is secret of one source, sealed as one. */
export interface SourceSecrets {
  readonly credentials: Credentials;
  /** With which deliveries for this source are signed; `null` where the provider takes none. */
  readonly webhookSecret: string | null;
}

/** `version` counts the writes, from 1. */
export interface OpenedSecrets extends SourceSecrets {
  readonly version: number;
}

export type SecretsError = { readonly at: "store"; readonly error: StoreError } | { readonly at: "vault"; readonly error: VaultError };

export interface SecretsDeps {
  readonly connections: ConnectionStore;
  readonly vault: Vault;
}

/** `null` where none are stored. */
export async function openSecrets(deps: SecretsDeps, source: SourceKey, call: Call): Promise<Result<OpenedSecrets | null, SecretsError>> {
  const stored = await deps.connections.secretsOf(source, call);
  if (stored.isErr()) return err({ at: "store", error: stored.error });
  if (stored.value === null) return ok(null);
  const opened = await deps.vault.open(source, stored.value.sealed);
  if (opened.isErr()) return err({ at: "vault", error: opened.error });
  const secrets = JSON.parse(new TextDecoder().decode(opened.value)) as SourceSecrets;
  return ok({ ...secrets, version: stored.value.version });
}

/** Seals and stores `secrets` over the version read, 0 where there were none. */
export async function replaceSecrets(
  deps: SecretsDeps,
  source: SourceKey,
  secrets: SourceSecrets,
  expectedVersion: number,
  call: Call,
): Promise<Result<"written" | "conflict", SecretsError>> {
  const sealed = await deps.vault.seal(source, new TextEncoder().encode(JSON.stringify(secrets)));
  if (sealed.isErr()) return err({ at: "vault", error: sealed.error });
  const written = await deps.connections.replaceSecrets(source, { sealed: sealed.value, version: expectedVersion + 1 }, call);
  if (written.isErr()) return err({ at: "store", error: written.error });
  return ok(written.value.kind);
}
