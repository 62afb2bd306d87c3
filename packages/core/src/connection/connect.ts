import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Grant, ProviderError } from "../ports/cgm-provider.ts";
import type { Checkpoint } from "../ports/checkpoint.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Vault } from "../ports/vault.ts";
import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import { type Day, dayOf, type Instant } from "../reading/instant.ts";
import { dropSecrets } from "./drop-secrets.ts";
import { isSameBytes } from "./same-bytes.ts";
import { openSealed, replaceSecrets, type SecretsError, type SourceSecrets } from "./secrets.ts";
import { type Begun, takeBack, takeSecretsBack } from "./take-back.ts";

/**
 * `another_account`: the source holds the readings of another account. `another_source`: what it was begun for was erased or replaced
 * since, and does not come back by it. `busy`: somebody else is connecting the same source right now. `short_of_calls`: the share
 * of calls that is for connecting is used up for so long; the provider was not asked, and everything is as it was.
 */
export type ConnectError =
  | { readonly kind: "provider"; readonly error: ProviderError }
  | { readonly kind: "store"; readonly error: StoreError }
  | { readonly kind: "no_such_way"; readonly message: string }
  | { readonly kind: "fields_wrong"; readonly message: string }
  | { readonly kind: "another_account" }
  | { readonly kind: "another_source" }
  | { readonly kind: "busy" }
  | { readonly kind: "short_of_calls"; readonly waitMs: number };

/** How a grant comes about. */
export interface Granting<E> {
  readonly way: SourceSecrets["way"];
  /** Whether it may still be taken, given the user's records as they are now but for what this connect itself has begun. */
  readonly admit: (records: readonly SourceRecord[]) => Result<void, E>;
  /** Asks the vendor. What is begun stands in the records by then: whoever erases the person meanwhile finds it. */
  readonly obtain: () => Promise<Result<Grant, E>>;
}

export interface Connected {
  readonly record: SourceRecord;
  /** Shown to the person once; `null` where the provider takes no deliveries, or the secret of before still holds. */
  readonly webhookSecret: string | null;
}

export interface ConnectDeps {
  readonly connections: ConnectionStore;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
  /** Short and random: 13 of a–z 0–9. */
  readonly newSourceId: () => SourceId;
  /** `whsec_` and 24 random bytes or more in base64. */
  readonly newWebhookSecret: () => string;
  /** No history from before so many seconds; `null`: all that the provider has. */
  readonly backfillSeconds: number | null;
}

/**
 * Makes a grant a living source, or brings an existing one back to life: the same source id, the same readings. Secrets are stored
 * before the record says `connected`, so a crash between the two leaves a connection that says `connecting`, never one that polls
 * without them; and never while it says `disconnected`, where whatever secrets are found are deleted.
 */
export function connectSource(
  deps: ConnectDeps,
  userId: UserId,
  loaded: LoadedProvider,
  grant: Grant,
  call: Call,
): Promise<Result<Connected, ConnectError>> {
  return connectGranted<ConnectError>(deps, userId, loaded, { way: null, admit: () => ok(), obtain: async () => ok(grant) }, call);
}

/** The same with a grant that is still to be asked for. */
export async function connectGranted<E>(
  deps: ConnectDeps,
  userId: UserId,
  loaded: LoadedProvider,
  { way, admit, obtain }: Granting<E>,
  call: Call,
): Promise<Result<Connected, ConnectError | E>> {
  const begun = await begin(deps, userId, loaded.name, admit, call);
  if (begun.isErr()) return err(begun.error);
  deps.checkpoint("connect.after_record");
  const grant = await obtain();
  if (grant.isErr()) return leave(deps, begun.value, grant.error);
  const admitted = await admitGranted(deps, begun.value, grant.value, admit, call);
  if (admitted.isErr()) return leave(deps, begun.value, admitted.error);
  return bringIn(deps, admitted.value, loaded, { ...grant.value, way }, call);
}

async function bringIn(
  deps: ConnectDeps,
  begun: Begun,
  loaded: LoadedProvider,
  grant: Grant & Pick<SourceSecrets, "way">,
  call: Call,
): Promise<Result<Connected, ConnectError>> {
  const secret = await storeSecrets(deps, begun.record, loaded, grant, call);
  if (secret.isErr()) return leaveSecrets(deps, begun, secret.error);
  deps.checkpoint("connect.after_credentials");
  const record = await bringToLife(deps, begun.record, loaded, grant, call);
  if (record.isErr()) return leaveSecrets(deps, begun, record.error);
  return ok({ record: record.value, webhookSecret: secret.value });
}

/** Nothing is stored yet but the record. */
async function leave<E>(deps: ConnectDeps, begun: Begun, error: E): Promise<Result<never, E>> {
  await takeBack(deps.connections, begun, { hasSecrets: false }, nowOf(deps.clock));
  return err(error);
}

/** Where somebody else is connecting it, what they found begun is theirs by now. */
async function leaveSecrets(deps: ConnectDeps, begun: Begun, error: ConnectError): Promise<Result<never, ConnectError>> {
  if (error.kind === "busy") await takeSecretsBack(deps.connections, begun);
  else await takeBack(deps.connections, begun, { hasSecrets: true }, nowOf(deps.clock));
  return err(error);
}

/**
 * Whoever was erased since does not come back by it. From here on what is begun bears the name of its account, so that of two who connect the
 * same source with different ones the second is refused before either has stored anything.
 */
async function admitGranted<E>(
  deps: ConnectDeps,
  begun: Begun,
  grant: Grant,
  admit: Granting<E>["admit"],
  call: Call,
): Promise<Result<Begun, ConnectError | E>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const records = await deps.connections.recordsOf(begun.record.userId, call);
    if (records.isErr()) return err({ kind: "store", error: records.error });
    const admitted = admit(withoutBegun(records.value, begun));
    if (admitted.isErr()) return err(admitted.error);
    const now = records.value.find(({ sourceId, phase }) => sourceId === begun.record.sourceId && phase !== "erased");
    if (now === undefined) return err({ kind: "another_source" });
    if (isAnotherAccount(now, grant)) return err({ kind: "another_account" });
    if (now.phase !== "connecting" || grant.accountId === null || now.accountId !== null) return ok(begun);
    const named: SourceRecord = { ...now, accountId: grant.accountId, version: now.version + 1 };
    const written = await deps.connections.replaceRecord(named, now.version, call);
    if (written.isErr()) return err({ kind: "store", error: written.error });
    // Where somebody else goes on with it, it is theirs to take back.
    if (written.value.kind === "written") return ok(now.version === begun.record.version ? { ...begun, record: named } : begun);
  }
  return err({ kind: "busy" });
}

/** As they would be had nothing been begun here. */
function withoutBegun(records: readonly SourceRecord[], { record, before }: Begun): readonly SourceRecord[] {
  if (record === before) return records;
  return records.flatMap((now) => {
    if (now.sourceId !== record.sourceId || now.phase === "erased") return [now];
    return before === null ? [] : [before];
  });
}

/** Its owner may write the record at the same time: that is not somebody else who connects or disconnects it. */
async function bringToLife(
  deps: ConnectDeps,
  begun: SourceRecord,
  loaded: LoadedProvider,
  grant: Grant,
  call: Call,
): Promise<Result<SourceRecord, ConnectError>> {
  let before = begun;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const record = connectedRecord(before, loaded, grant, deps, nowOf(deps.clock));
    const written = await replace(deps, record, before.version, call);
    if (written.isOk() || written.error.kind !== "busy") return written.map(() => record);
    const records = await deps.connections.recordsOf(begun.userId, call);
    if (records.isErr()) return err({ kind: "store", error: records.error });
    const now = records.value.find(({ sourceId, phase }) => sourceId === begun.sourceId && phase !== "erased");
    if (now === undefined) return err({ kind: "another_source" });
    if (now.phase === "disconnected" || isAnotherAccount(now, grant)) return err({ kind: "busy" });
    before = now;
  }
  return err({ kind: "busy" });
}

/**
 * A source that is connected is left as it is until the new secrets are stored; any other begins as `connecting`. One that somebody else has
 * begun is taken over by writing it anew, so that they leave it alone should they fail; if they were quicker, what is there now is looked at.
 */
async function begin<E>(
  deps: ConnectDeps,
  userId: UserId,
  provider: ProviderName,
  admit: Granting<E>["admit"],
  call: Call,
): Promise<Result<Begun, ConnectError | E>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const begun = await beginOnce(deps, userId, provider, admit, call);
    if (begun.isErr()) return err(begun.error);
    if (begun.value !== "changed") return ok(begun.value);
  }
  return err({ kind: "busy" });
}

async function beginOnce<E>(
  deps: ConnectDeps,
  userId: UserId,
  provider: ProviderName,
  admit: Granting<E>["admit"],
  call: Call,
): Promise<Result<Begun | "changed", ConnectError | E>> {
  const records = await deps.connections.recordsOf(userId, call);
  if (records.isErr()) return err({ kind: "store", error: records.error });
  const admitted = admit(records.value);
  if (admitted.isErr()) return err(admitted.error);
  const before = records.value.find((record) => record.provider === provider);
  if (before !== undefined && before.phase !== "erased") {
    if (before.phase === "disconnected") return beginAnew(deps, before, call);
    return before.phase === "connecting" ? takeOver(deps, before, call) : ok({ record: before, before });
  }
  return writeBegun(deps, { record: newRecord(deps, userId, provider, before), before: before ?? null }, call);
}

function takeOver(deps: ConnectDeps, before: SourceRecord, call: Call): Promise<Result<Begun | "changed", ConnectError>> {
  return writeBegun(deps, { record: { ...before, phaseSince: nowOf(deps.clock), version: before.version + 1 }, before }, call);
}

/** Whatever is still stored from before goes first: an old webhook secret must not hold again. */
async function beginAnew(deps: ConnectDeps, left: SourceRecord, call: Call): Promise<Result<Begun | "changed", ConnectError>> {
  const dropped = await dropSecrets(deps.connections, left, call);
  if (dropped.isErr()) return err({ kind: "store", error: dropped.error });
  const record: SourceRecord = { ...left, phase: "connecting", phaseSince: nowOf(deps.clock), version: left.version + 1 };
  return writeBegun(deps, { record, before: left }, call);
}

/** A store that answers with an error may have written it. Where the record was changed meanwhile, whoever it was, it is looked at again. */
async function writeBegun(deps: ConnectDeps, begun: Begun, call: Call): Promise<Result<Begun | "changed", ConnectError>> {
  const written = await deps.connections.replaceRecord(begun.record, begun.before?.version ?? 0, call);
  if (written.isErr()) return leave(deps, begun, { kind: "store", error: written.error });
  return ok(written.value.kind === "written" ? begun : "changed");
}

function isAnotherAccount(record: SourceRecord, grant: Grant): boolean {
  return record.accountId !== null && grant.accountId !== null && record.accountId !== grant.accountId;
}

function newRecord(deps: ConnectDeps, userId: UserId, provider: ProviderName, tombstone: SourceRecord | undefined): SourceRecord {
  const now = nowOf(deps.clock);
  return {
    userId,
    provider,
    sourceId: deps.newSourceId(),
    accountId: null,
    phase: "connecting",
    connectedAt: now,
    phaseSince: now,
    rank: null,
    health: { kind: "ok", since: now },
    lastSuccessAt: null,
    openFrom: { day: (dayOf(now) - 1) as Day, loweredAt: null },
    backfill: null,
    gaps: [],
    ended: tombstone?.ended ?? [],
    // Never a version that stood here before, though nothing is left of it: whoever slept since must not take this for what it read.
    version: tombstone === undefined ? now : tombstone.version + 1,
  };
}

function connectedRecord(record: SourceRecord, loaded: LoadedProvider, grant: Grant, deps: ConnectDeps, now: Instant): SourceRecord {
  const isHistoryGiven = loaded.provider.backfill !== undefined;
  const { push: _, ...kept } = record;
  return {
    ...kept,
    ...(loaded.traitsOf && { traits: loaded.traitsOf(grant.credentials) }),
    accountId: grant.accountId ?? record.accountId,
    phase: "connected",
    phaseSince: now,
    health: { kind: "ok", since: now },
    backfill: isHistoryGiven ? { startedAt: now, finishedAt: null, notBefore: historyFrom(record, deps, now), span: null } : null,
    version: record.version + 1,
  };
}

/** What an earlier backfill had still to read is read now: nobody else will. */
function historyFrom(record: SourceRecord, deps: ConnectDeps, now: Instant): Instant | null {
  const asked = deps.backfillSeconds === null ? null : ((now - deps.backfillSeconds) as Instant);
  if (record.backfill === null || (record.backfill.finishedAt !== null && record.backfill.nothing === undefined)) return asked;
  const { notBefore } = record.backfill;
  return asked === null || notBefore === null ? null : (Math.min(asked, notBefore) as Instant);
}

/**
 * Answers the webhook secret if the person has not seen it: it is new, or connecting was never finished. Whoever disconnects ends the old
 * one: it may be lost, or known to others.
 */
async function storeSecrets(
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
  return ok(found.phase === "connected" && now?.phase === "connected" && now.phaseSince === found.phaseSince);
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

async function replace(deps: ConnectDeps, record: SourceRecord, expectedVersion: number, call: Call): Promise<Result<void, ConnectError>> {
  const written = await deps.connections.replaceRecord(record, expectedVersion, call);
  if (written.isErr()) return err({ kind: "store", error: written.error });
  return written.value.kind === "written" ? ok(undefined) : err({ kind: "busy" });
}

function asConnectError(error: SecretsError): ConnectError {
  if (error.at === "store") return { kind: "store", error: error.error };
  return { kind: "store", error: { kind: "stop", message: error.error.message } };
}

function nowOf(clock: Clock): Instant {
  return Math.floor(clock.nowMs() / 1000) as Instant;
}
