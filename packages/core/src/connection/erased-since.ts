import type { EndedSource, SourceRecord } from "../ports/source-record.ts";

/** The sources of a user that somebody has erased; not those with which connecting came to nothing. */
export function erasedOf(records: readonly SourceRecord[]): readonly EndedSource[] {
  return records.flatMap(({ ended }) => ended.filter(({ neverLived }) => neverLived !== true));
}

/** Whether a source of the user was erased between two looks at their records. Whatever was begun before the first must not bring them back. */
export function isErasedSince(before: readonly SourceRecord[], now: readonly SourceRecord[]): boolean {
  const endedBefore = new Set(erasedOf(before).map(({ sourceId }) => sourceId));
  return erasedOf(now).some(({ sourceId }) => !endedBefore.has(sourceId));
}
