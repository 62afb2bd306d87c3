import { uncancelled } from "../ports/call.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { Instant } from "../reading/instant.ts";
import { dropSecrets } from "./drop-secrets.ts";

/** What connecting has begun. `before`: what stood in its place, the record itself where nothing was written; `null`: nothing. */
export interface Begun {
  readonly record: SourceRecord;
  readonly before: SourceRecord | null;
}

/**
 * Everything is as it was before, as far as the store lets it be. What is left all the same the owner of the source sees to: what it has begun
 * and nobody finished within the hour, and what is stored of an ended source. Nobody need wait for the answer any more. `hasSecrets`: they may have been stored.
 */
export async function takeBack(
  connections: ConnectionStore,
  begun: Begun,
  { hasSecrets }: { readonly hasSecrets: boolean },
  now: Instant,
): Promise<void> {
  const isEnded = await takeRecordBack(connections, begun, hasSecrets, now);
  await takeSecretsBack(connections, begun);
  if (isEnded) await forgetEnded(connections, begun);
}

/** Of a source that was disconnected or erased meanwhile, by whomever. */
export async function takeSecretsBack(connections: ConnectionStore, { record }: Begun): Promise<void> {
  (await dropSecrets(connections, record, uncancelled)).unwrapOr(undefined);
  const { userId, sourceId } = record;
  const records = await connections.recordsOf(userId, uncancelled);
  if (records.isErr() || records.value.some((now) => now.sourceId === sourceId && now.phase !== "erased")) return;
  (await connections.eraseSource({ userId, sourceId }, uncancelled)).unwrapOr(undefined);
}

/**
 * Whoever goes on with what was begun here has written another version of it; and who goes on with what others began may not be the last of
 * them. Answers whether a tombstone stands now.
 */
async function takeRecordBack(
  connections: ConnectionStore,
  { record, before }: Begun,
  hasSecrets: boolean,
  now: Instant,
): Promise<boolean> {
  if (record === before || before?.phase === "connecting") return false;
  const { userId, sourceId, version } = record;
  const records = (await connections.recordsOf(userId, uncancelled)).unwrapOr([]);
  if (!records.some((each) => each.sourceId === sourceId && each.version === version)) return false;
  const undone = undoneOf(record, before, hasSecrets, now);
  const written = await (undone === null
    ? connections.removeRecord(userId, record.provider, version, uncancelled)
    : connections.replaceRecord(undone, version, uncancelled));
  // Where it is not written it is left begun, and the next connect goes on with it.
  return written.isOk() && written.value.kind === "written" && undone?.phase === "erased" && undone.sourceId === sourceId;
}

/** `null`: nothing stood there, or a tombstone that has been swept meanwhile. */
function undoneOf(record: SourceRecord, before: SourceRecord | null, hasSecrets: boolean, now: Instant): SourceRecord | null {
  const version = record.version + 1;
  if (before?.phase === "disconnected") return { ...record, phase: "disconnected", phaseSince: before.phaseSince, version };
  // From here on no connect goes on with it, and a crash before its secrets are deleted leaves a name by which they are found.
  if (hasSecrets) return { ...record, phase: "erased", phaseSince: now, ended: [...record.ended, endedOf(record, now)], version };
  return before === null || record.ended.length === 0 ? null : { ...before, ended: record.ended, version };
}

/** The bus never heard of it. */
function endedOf({ sourceId }: SourceRecord, now: Instant) {
  return { sourceId, endedAt: now, isAnnounced: true, sweptAt: null };
}

/** Nobody ever saw anything of it: once nothing of it is stored, nobody has to remember that it ended. */
async function forgetEnded(connections: ConnectionStore, { record, before }: Begun): Promise<void> {
  const { userId, sourceId } = record;
  const records = (await connections.recordsOf(userId, uncancelled)).unwrapOr([]);
  const tombstone = records.find((now) => now.sourceId === sourceId && now.phase === "erased");
  const secrets = await connections.secretsOf({ userId, sourceId }, uncancelled);
  if (tombstone === undefined || secrets.isErr() || (secrets.value?.sealed ?? null) !== null) return;
  const ended = tombstone.ended.filter((each) => each.sourceId !== sourceId);
  const { provider, version } = tombstone;
  const forgotten = await (ended.length === 0
    ? connections.removeRecord(userId, provider, version, uncancelled)
    : connections.replaceRecord({ ...(before ?? tombstone), ended, version: version + 1 }, version, uncancelled));
  forgotten.unwrapOr(undefined);
}
