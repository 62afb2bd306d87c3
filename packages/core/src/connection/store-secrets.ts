import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Grant } from "../ports/cgm-provider.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import { type ConnectDeps, nowOf } from "./connect-deps.ts";
import type { ConnectError } from "./connect-error.ts";
import { isSameBytes } from "./same-bytes.ts";
import { isSameLife } from "./same-life.ts";
import { openSealed, replaceSecrets, type SecretsError, type SourceSecrets } from "./secrets.ts";

/**
 * Answers the webhook secret if the person has not seen it: it is new, or connecting was never finished. Whoever disconnects ends the old
 * one: it may be lost, or known to others.
 */
export async function storeSecrets(
  deps: ConnectDeps,
  record: SourceRecord,
  loaded: LoadedProvider,
  { credentials, way }: Grant & Pick<SourceSecrets, "way">,
  call: Call,
): Promise<Result<string | null, ConnectError>> {
  let before: ToReplace | null = null;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const stored = await secretsToReplace(deps, record, call);
    if (stored.isErr()) return err(stored.error);
    if (before !== null && !isOnlyClaimed(before, stored.value)) {
      const renewed = await isConnectedStill(deps, record, call);
      if (renewed.isErr()) return err(renewed.error);
      if (!renewed.value) return err({ kind: "busy" });
    }
    before = stored.value;
    const kept = before.webhookSecret;
    const webhookSecret = loaded.provider.webhook === undefined ? null : (kept ?? deps.newWebhookSecret());
    const secrets: SourceSecrets = { credentials, obtainedAt: nowOf(deps.clock), way, webhookSecret };
    const written = await replaceSecrets(deps, record, secrets, before.version, call);
    if (written.isErr()) return err(asConnectError(written.error));
    if (written.value === "written") return ok(webhookSecret === kept && record.phase !== "connecting" ? null : webhookSecret);
  }
  return err({ kind: "busy" });
}

interface ToReplace {
  readonly version: number;
  readonly webhookSecret: string | null;
  readonly sealed: Uint8Array | null;
}

/** The owner of the source is about to renew what is being replaced: that is not somebody else who connects it. */
function isOnlyClaimed(before: ToReplace, now: ToReplace): boolean {
  return before.sealed === null ? now.sealed === null : isSameBytes(before.sealed, now.sealed);
}

/** What was stored of a source that nobody connected anew is what its owner has renewed. */
async function isConnectedStill(deps: ConnectDeps, found: SourceRecord, call: Call): Promise<Result<boolean, ConnectError>> {
  const records = await deps.connections.recordsOf(found.userId, call);
  if (records.isErr()) return err({ kind: "store", error: records.error });
  const now = records.value.find(({ sourceId }) => sourceId === found.sourceId);
  return ok(found.phase === "connected" && now !== undefined && isSameLife(found, now));
}

/** Secrets that no longer open, after the vault's key was lost, are replaced all the same: connecting again is how one mends that. */
async function secretsToReplace(deps: ConnectDeps, record: SourceRecord, call: Call): Promise<Result<ToReplace, ConnectError>> {
  const stored = await deps.connections.secretsOf(record, call);
  if (stored.isErr()) return err({ kind: "store", error: stored.error });
  const { version = 0, sealed = null } = stored.value ?? {};
  if (sealed === null) return ok({ version, webhookSecret: null, sealed });
  const opened = await openSealed(deps, record, { version, sealed });
  return ok({ version, sealed, webhookSecret: opened.isOk() ? opened.value.webhookSecret : null });
}

function asConnectError(error: SecretsError): ConnectError {
  if (error.at === "store") return { kind: "store", error: error.error };
  return { kind: "store", error: { kind: "stop", message: error.error.message } };
}
