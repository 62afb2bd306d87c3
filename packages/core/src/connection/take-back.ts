import type { Call } from "../ports/call.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import { dropSecrets } from "./drop-secrets.ts";

/** What connecting has begun. `before`: what stood in its place, the record itself where nothing was written; `null`: nothing. */
export interface Begun {
  readonly record: SourceRecord;
  readonly before: SourceRecord | null;
}

/** What was begun is undone though nobody waits for the answer any more. */
const uncancelled: Call = { signal: new AbortController().signal };

/**
 * Everything is as it was before, as far as the store lets it be. If somebody disconnected the source meanwhile, what was stored for it goes as
 * well; where that fails, its owner sees to it. So does what was stored for a source that nobody has any more. `isAnothers`: somebody else goes
 * on with what was begun, and their record stays.
 */
export async function takeBack(connections: ConnectionStore, begun: Begun, isAnothers: boolean): Promise<void> {
  if (!isAnothers) await takeRecordBack(connections, begun);
  (await dropSecrets(connections, begun.record, uncancelled)).unwrapOr(undefined);
  await eraseUnlessThere(connections, begun.record);
}

/** Of nobody else's: whoever goes on with what was begun here has written another version of it. */
async function takeRecordBack(connections: ConnectionStore, { record, before }: Begun): Promise<void> {
  const { userId, sourceId, version } = record;
  if (before?.sourceId === sourceId && before.phase !== "disconnected") return;
  const records = (await connections.recordsOf(userId, uncancelled)).unwrapOr([]);
  if (!records.some((now) => now.sourceId === sourceId && now.version === version)) return;
  const undone = undoneOf(record, before);
  const written = await (undone === null
    ? connections.removeRecord(userId, record.provider, version, uncancelled)
    : connections.replaceRecord(undone, version, uncancelled));
  // It is left begun then, and the next connect goes on with it.
  written.unwrapOr(undefined);
}

/** A record that names the source is there for whoever erases it. */
async function eraseUnlessThere(connections: ConnectionStore, { userId, sourceId }: SourceRecord): Promise<void> {
  const records = await connections.recordsOf(userId, uncancelled);
  if (records.isErr() || records.value.some((record) => record.sourceId === sourceId)) return;
  (await connections.eraseSource({ userId, sourceId }, uncancelled)).unwrapOr(undefined);
}

/** `null`: nothing stood there, or a tombstone that has been swept meanwhile. */
function undoneOf(now: SourceRecord, before: SourceRecord | null): SourceRecord | null {
  if (before === null) return null;
  const version = now.version + 1;
  if (before.phase !== "erased") return { ...now, phase: before.phase, phaseSince: before.phaseSince, version };
  return now.ended.length === 0 ? null : { ...before, ended: now.ended, version };
}
