import type { SourceRecord } from "../ports/source-record.ts";

/** Whether a source of the user was erased between two looks at their records. Whatever was begun before the first must not bring them back. */
export function isErasedSince(before: readonly SourceRecord[], now: readonly SourceRecord[]): boolean {
  const endedBefore = new Set(before.flatMap(({ ended }) => ended.map(({ sourceId }) => sourceId)));
  return now.some(({ ended }) => ended.some(({ sourceId }) => !endedBefore.has(sourceId)));
}
