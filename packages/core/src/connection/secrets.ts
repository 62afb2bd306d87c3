import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Credentials } from "../ports/cgm-provider.ts";
import type { ConnectionStore, SealedSecrets, SourceKey } from "../ports/connection-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Vault, VaultError } from "../ports/vault.ts";
import type { Instant } from "../reading/instant.ts";

/** All that is secret of one source, sealed as one. */
export interface SourceSecrets {
  readonly credentials: Credentials;
  /** When the provider gave the credentials; `null` in what was sealed before that was noted. */
  readonly obtainedAt: Instant | null;
  /** How they were granted, which is how they are renewed; `null` where nobody noted it. */
  readonly way: "consent" | "login" | null;
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

/** `null` where none are stored, or those that were are deleted. */
export async function openSecrets(deps: SecretsDeps, source: SourceKey, call: Call): Promise<Result<OpenedSecrets | null, SecretsError>> {
  const stored = await deps.connections.secretsOf(source, call);
  if (stored.isErr()) return err({ at: "store", error: stored.error });
  const { sealed = null, version = 0 } = stored.value ?? {};
  return sealed === null ? ok(null) : openSealed(deps, source, { sealed, version });
}

/** What is stored of secrets that were not deleted. */
export interface HeldSecrets {
  readonly sealed: Uint8Array;
  readonly version: number;
}

export async function openSealed(deps: SecretsDeps, source: SourceKey, stored: HeldSecrets): Promise<Result<OpenedSecrets, SecretsError>> {
  const opened = await deps.vault.open(source, stored.sealed);
  if (opened.isErr()) return err({ at: "vault", error: opened.error });
  const secrets = JSON.parse(new TextDecoder().decode(opened.value)) as Omit<SourceSecrets, "obtainedAt" | "way"> & Partial<SourceSecrets>;
  return ok({ ...secrets, obtainedAt: secrets.obtainedAt ?? null, way: secrets.way ?? null, version: stored.version });
}

export async function sealSecrets(deps: SecretsDeps, source: SourceKey, secrets: SourceSecrets): Promise<Result<Uint8Array, SecretsError>> {
  const sealed = await deps.vault.seal(source, new TextEncoder().encode(JSON.stringify(secrets)));
  return sealed.mapErr((error): SecretsError => ({ at: "vault", error }));
}

/** Seals and stores `secrets` over the version read, 0 where there were none; nobody's claim outlives it. */
export async function replaceSecrets(
  deps: SecretsDeps,
  source: SourceKey,
  secrets: SourceSecrets,
  expectedVersion: number,
  call: Call,
): Promise<Result<"written" | "conflict", SecretsError>> {
  const sealed = await sealSecrets(deps, source, secrets);
  if (sealed.isErr()) return err(sealed.error);
  const next: SealedSecrets = { sealed: sealed.value, claim: null, version: expectedVersion + 1 };
  const written = await deps.connections.replaceSecrets(source, next, call);
  if (written.isErr()) return err({ at: "store", error: written.error });
  return ok(written.value.kind);
}
