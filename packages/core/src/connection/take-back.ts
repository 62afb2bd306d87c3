import { uncancelled } from "../ports/call.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { EndedSource, SourceRecord } from "../ports/source-record.ts";
import type { Instant } from "../reading/instant.ts";
import { asBefore } from "./as-before.ts";
import { dropSecrets } from "./drop-secrets.ts";

/** What connecting has begun. */
export interface Begun {
  readonly record: SourceRecord;
  /** What stood in its place, the record itself where nothing was written; `null`: nothing. */
  readonly before: SourceRecord | null;
  /** The name that it goes by in the record; `null` where nothing was written. */
  readonly by: string | null;
}

/** What may be stored of the secrets. `in_doubt`: the store did not say, and may still be at it. */
export type SecretsLeft = "none" | "stored" | "in_doubt";

/**
 * Everything is as it was before, as far as the store lets it be. What is left all the same the owner of the source sees to: what it has begun
 * and nobody finished within the hour, and what is stored of an ended source. Nobody need wait for the answer any more.
 */
export async function takeBack(connections: ConnectionStore, begun: Begun, secrets: SecretsLeft, now: Instant): Promise<void> {
  const isEndedHere = await takeRecordBack(connections, begun, secrets !== "none", now);
  await takeSecretsBack(connections, begun, secrets);
  // What may land later is swept by the name that the source has in its tombstone.
  if (isEndedHere && secrets !== "in_doubt") await forgetEnded(connections, begun);
}

/** Of a source that was disconnected or erased meanwhile, by whomever. */
export async function takeSecretsBack(connections: ConnectionStore, { record }: Begun, secrets: SecretsLeft): Promise<void> {
  (await dropSecrets(connections, record, uncancelled, { isJustLeft: secrets === "in_doubt" })).unwrapOr(undefined);
  const { userId, sourceId } = record;
  const records = await connections.recordsOf(userId, uncancelled);
  if (records.isErr() || records.value.some((now) => now.sourceId === sourceId && now.phase !== "erased")) return;
  (await connections.eraseSource({ userId, sourceId }, uncancelled)).unwrapOr(undefined);
}

/**
 * Whoever goes on with what was begun here has put their own name to it. What else was written of the source meanwhile stays. An answer that
 * was lost is no reason to stop. Answers whether it is by this that the source is a tombstone now.
 */
async function takeRecordBack(
  connections: ConnectionStore,
  { record: { userId, provider, sourceId }, before, by }: Begun,
  hasSecrets: boolean,
  now: Instant,
): Promise<boolean> {
  if (by === null) return false;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const records = await connections.recordsOf(userId, uncancelled);
    const record = records.unwrapOr([]).find((each) => each.sourceId === sourceId && each.phase === "connecting" && each.begun?.by === by);
    if (records.isOk() && record === undefined) return false;
    const undone = record && undoneOf(record, before, hasSecrets, now);
    if (record === undefined || undone === undefined) continue;
    const written = await (undone === null
      ? connections.removeRecord(userId, provider, record.version, uncancelled)
      : connections.replaceRecord(undone, record.version, uncancelled));
    if (written.isOk() && written.value.kind === "written") return undone?.phase === "erased" && undone.sourceId === sourceId;
  }
  return false;
}

/** `null`: nothing stood there, or a tombstone that has been swept meanwhile. */
function undoneOf(record: SourceRecord, before: SourceRecord | null, hasSecrets: boolean, now: Instant): SourceRecord | null {
  if (before?.phase === "connecting") return leftToOthers(record, before, hasSecrets);
  // From here on no connect goes on with it, and a crash before its secrets are deleted leaves a name by which they are found.
  if (hasSecrets || before?.phase === "disconnected") return asBefore(record, now);
  return before === null || record.ended.length === 0 ? null : { ...before, ended: record.ended, version: record.version + 1 };
}

/**
 * It is given up when it would have been, however often somebody tries in vain to go on with it. By the name of those who began it they take
 * it back themselves, should they fail too; but not with what others may have stored.
 */
function leftToOthers(record: SourceRecord, before: SourceRecord, hasSecrets: boolean): SourceRecord {
  const by = hasSecrets ? undefined : before.begun?.by;
  const begun = record.begun && { ...record.begun, by: by ?? record.begun.by };
  return { ...record, ...(begun && { begun }), phaseSince: before.phaseSince, version: record.version + 1 };
}

/** Nobody ever saw anything of it: once nothing of it is stored, nobody has to remember that it ended. */
async function forgetEnded(connections: ConnectionStore, { record, before }: Begun): Promise<void> {
  const { userId, sourceId } = record;
  const records = (await connections.recordsOf(userId, uncancelled)).unwrapOr([]);
  const isForgotten = (each: EndedSource): boolean => each.sourceId === sourceId && each.neverLived === true;
  const tombstone = records.find((now) => now.sourceId === sourceId && now.phase === "erased" && now.ended.some(isForgotten));
  const secrets = await connections.secretsOf({ userId, sourceId }, uncancelled);
  if (tombstone === undefined || secrets.isErr() || (secrets.value?.sealed ?? null) !== null) return;
  const ended = tombstone.ended.filter((each) => !isForgotten(each));
  const { provider, version } = tombstone;
  const forgotten = await (ended.length === 0
    ? connections.removeRecord(userId, provider, version, uncancelled)
    : connections.replaceRecord(
        { ...(before?.phase === "erased" ? before : tombstone), ended, version: version + 1 },
        version,
        uncancelled,
      ));
  forgotten.unwrapOr(undefined);
}
