import { ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import { addSeconds, type Instant } from "../reading/instant.ts";
import { asBefore } from "./as-before.ts";

/** Longer than anybody waits for a vendor's answer. */
const UNFINISHED_SECONDS = 3_600;

/** When what was begun with a source counts as never to be finished; `null` of one with which nothing is begun. */
export function unfinishedAt({ phase, phaseSince }: SourceRecord): Instant | null {
  return phase === "connecting" ? addSeconds(phaseSince, UNFINISHED_SECONDS) : null;
}

/**
 * A connect that nobody finished, its process died or it failed beside another one, is as if it had not been, and what it stored is deleted.
 * Answers the record as it is then, which may be a tombstone; somebody who goes on with it at this moment keeps it.
 */
export async function giveUpUnfinished(
  connections: ConnectionStore,
  record: SourceRecord,
  now: Instant,
  call: Call,
): Promise<Result<SourceRecord, StoreError>> {
  const at = unfinishedAt(record);
  if (at === null || now < at) return ok(record);
  const left = asBefore(record, now);
  const written = await connections.replaceRecord(left, record.version, call);
  return written.map(({ kind }) => (kind === "written" ? left : record));
}
