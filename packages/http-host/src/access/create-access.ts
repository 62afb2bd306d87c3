import type { ApiKeyStore, Clock, Logger } from "@bg-ingest/core";
import type { Settings } from "../settings/settings-schema.ts";
import type { VaultKeys } from "../vault/vault.ts";
import type { Access } from "./access.ts";
import { createAuthenticate, createHoldsKey } from "./authenticate.ts";
import { createPagePasses } from "./page-passes.ts";
import { createTokenVerifier, type VerifyToken } from "./token-verifier.ts";

export interface AccessDeps {
  readonly isAsked: boolean;
  readonly keys: ApiKeyStore;
  readonly vaultKeys: VaultKeys;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createAccess({ isAsked, keys, vaultKeys, settings, clock, logger }: AccessDeps): Access {
  const verifyToken = tokensOf(settings, clock);
  return {
    authenticate: isAsked ? createAuthenticate({ keys, verifyToken, clock, logger }) : null,
    passes: createPagePasses(vaultKeys, clock),
    holdsKey: createHoldsKey(keys),
  };
}

/** What is taken where nothing else is said: signatures by public keys that are in use, and no others. */
const USUAL_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] as const;

function tokensOf({ authIssuer: issuer, authAudience: audience, ...settings }: Settings, clock: Clock): VerifyToken | null {
  if (issuer === undefined || audience === undefined) return null;
  const { authJwksUrl, authAlgorithms, authClockToleranceSeconds, authSubjectClaim } = settings;
  return createTokenVerifier(
    {
      issuer,
      audience,
      jwksUrl: authJwksUrl === undefined ? null : new URL(authJwksUrl),
      algorithms: authAlgorithms ?? USUAL_ALGORITHMS,
      clockToleranceSeconds: authClockToleranceSeconds,
      subjectClaim: authSubjectClaim,
    },
    clock,
  );
}
