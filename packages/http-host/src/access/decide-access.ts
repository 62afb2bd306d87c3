import { type ApiKeyStore, type Call, type Clock, findApiKey, type Instant } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { isLoopback } from "../settings/loopback.ts";
import type { Settings } from "../settings/settings-schema.ts";
import { firstKeyDigest, firstKeyFile, makeFirstKey } from "./first-key.ts";

/** Whether callers are asked who they are, and what to tell whoever started the service. */
export interface DecidedAccess {
  readonly isAsked: boolean;
  /** Where the key is that development made for itself, while it is good; `null` without one. */
  readonly keyFile: string | null;
  /** That key, if it was made just now. */
  readonly newKey: string | null;
}

type KeySettings = Pick<Settings, "appEnv" | "host" | "publicUrl" | "dataDir" | "authIssuer">;

/**
 * Everybody is asked, unless this is development on this machine alone and credentials were never set up: no issuer, and never a key. Keys that were
 * all revoked open nothing. Where others reach a service in development that nobody could call, it makes the first key itself.
 */
export async function decideAccess(
  settings: KeySettings,
  keys: ApiKeyStore,
  clock: Clock,
  call: Call,
): Promise<Result<DecidedAccess, string>> {
  const listed = await keys.list(call);
  if (listed.isErr()) return err(`The keys of the API cannot be read, so nobody could be let in: ${listed.error.message}`);
  const isAnyGood = listed.value.some(({ revokedAt }) => revokedAt === null);
  const isDevelopment = settings.appEnv === "development";
  if (settings.authIssuer !== undefined || isAnyGood) return ok({ isAsked: true, ...(await standingKey(settings, keys, call)) });
  if (!isDevelopment) return err(NOBODY_COULD_CALL);
  if (isReachedByOthers(settings)) return makeFirst(settings, keys, clock, call);
  return ok({ isAsked: listed.value.length > 0, keyFile: null, newKey: null });
}

/** A public address is that of a proxy or a tunnel to this machine: whoever comes through it comes from elsewhere. */
export function isReachedByOthers({ host, publicUrl }: Pick<Settings, "host" | "publicUrl">): boolean {
  return !isLoopback(host) || (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, "$1")));
}

async function standingKey({ appEnv, dataDir }: KeySettings, keys: ApiKeyStore, call: Call): Promise<Omit<DecidedAccess, "isAsked">> {
  const digest = appEnv === "development" ? firstKeyDigest(dataDir) : null;
  const isGood = digest !== null && (await findApiKey(keys, digest, call)).isOk();
  return { keyFile: isGood ? firstKeyFile(dataDir) : null, newKey: null };
}

async function makeFirst({ dataDir }: KeySettings, keys: ApiKeyStore, clock: Clock, call: Call): Promise<Result<DecidedAccess, string>> {
  const { key, text } = makeFirstKey(dataDir, Math.floor(clock.nowMs() / 1000) as Instant);
  const added = await keys.add(key, call);
  if (added.isErr()) return err(`The first key of the API cannot be kept, so nobody could be let in: ${added.error.message}`);
  return ok({ isAsked: true, keyFile: firstKeyFile(dataDir), newKey: text });
}

const NOBODY_COULD_CALL =
  "Nobody could call this service: outside development everybody is asked who they are, AUTH_ISSUER is not set, and there is no key of the API that is good. Make one with the same settings, `npx pnpm@12 keys add --name <what for> --scopes read,write`, or set AUTH_ISSUER and AUTH_AUDIENCE; docs/access.md has the whole.";
