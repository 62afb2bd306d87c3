import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Grant } from "../ports/cgm-provider.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import { type Admit, beginConnect } from "./begin-connect.ts";
import { type ConnectDeps, nowOf } from "./connect-deps.ts";
import type { ConnectError } from "./connect-error.ts";
import { leaveBegun, leaveSecrets } from "./leave.ts";
import { isSameLife } from "./same-life.ts";
import type { SourceSecrets } from "./secrets.ts";
import { storeSecrets } from "./store-secrets.ts";
import type { Begun } from "./take-back.ts";

/** How a grant comes about. */
export interface Granting<E> {
  readonly way: SourceSecrets["way"];
  readonly admit: Admit<E>;
  /** Asks the vendor. What is begun stands in the records by then: whoever erases the person meanwhile finds it. */
  readonly obtain: () => Promise<Result<Grant, E>>;
}

export interface Connected {
  readonly record: SourceRecord;
  /** Shown to the person once; `null` where the provider takes no deliveries, or the secret of before still holds. */
  readonly webhookSecret: string | null;
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
  const begun = await beginConnect(deps, userId, loaded.name, admit, call);
  if (begun.isErr()) return err(begun.error);
  deps.checkpoint("connect.after_record");
  const grant = await obtain();
  if (grant.isErr()) return leaveBegun(deps, begun.value, grant.error);
  const admitted = await admitGranted(deps, begun.value, grant.value, admit, call);
  if (admitted.isErr()) return leaveBegun(deps, begun.value, admitted.error);
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
  if (secret.isErr()) return leaveSecrets(deps, begun, "storing", secret.error);
  deps.checkpoint("connect.after_credentials");
  const record = await bringToLife(deps, begun.record, loaded, grant, call);
  if (record.isErr()) return leaveSecrets(deps, begun, "stored", record.error);
  return ok({ record: record.value, webhookSecret: secret.value });
}

/**
 * Whoever was erased since does not come back by it. From here on what is begun bears the name of its account, so that of two who connect the
 * same source with different ones the second is refused before either has stored anything.
 */
async function admitGranted<E>(
  deps: ConnectDeps,
  begun: Begun,
  grant: Grant,
  admit: Admit<E>,
  call: Call,
): Promise<Result<Begun, ConnectError | E>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const records = await deps.connections.recordsOf(begun.record.userId, call);
    if (records.isErr()) return err({ kind: "store", error: records.error });
    const admitted = admit(withoutBegun(records.value, begun));
    if (admitted.isErr()) return err(admitted.error);
    const now = records.value.find(({ sourceId, phase }) => sourceId === begun.record.sourceId && phase !== "erased");
    if (now === undefined) return err({ kind: "another_source" });
    if (isAnother(now.accountId, grant)) return err({ kind: "another_account" });
    if (!isSameLife(begun.record, now) || isAnother(now.begun?.accountId, grant)) return err({ kind: "busy" });
    if (now.begun === undefined || grant.accountId === null || now.begun.accountId !== null) return ok(begun);
    const named: SourceRecord = { ...now, begun: { ...now.begun, accountId: grant.accountId }, version: now.version + 1 };
    const written = await deps.connections.replaceRecord(named, now.version, call);
    if (written.isErr()) return err({ kind: "store", error: written.error });
    if (written.value.kind === "written") return ok({ ...begun, record: named });
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

/** Its owner may write the record at the same time: that is not somebody else who connects or disconnects it. Whoever disconnects deletes what is stored. */
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
    if (!isSameLife(begun, now) || isAnother(now.accountId ?? now.begun?.accountId, grant)) return err({ kind: "busy" });
    before = now;
  }
  return err({ kind: "busy" });
}

function isAnother(accountId: string | null | undefined, grant: Grant): boolean {
  return typeof accountId === "string" && grant.accountId !== null && accountId !== grant.accountId;
}

function connectedRecord(record: SourceRecord, loaded: LoadedProvider, grant: Grant, deps: ConnectDeps, now: Instant): SourceRecord {
  const isHistoryGiven = loaded.provider.backfill !== undefined;
  const { push: _, begun: __, ...kept } = record;
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

async function replace(deps: ConnectDeps, record: SourceRecord, expectedVersion: number, call: Call): Promise<Result<void, ConnectError>> {
  const written = await deps.connections.replaceRecord(record, expectedVersion, call);
  if (written.isErr()) return err({ kind: "store", error: written.error });
  return written.value.kind === "written" ? ok(undefined) : err({ kind: "busy" });
}
