import type { SourceRecord } from "../ports/source-record.ts";

/**
 * Whether nobody has brought the source to life or ended it between two looks at its record, so that what was stored for it at the first holds at
 * the second. Whoever goes on with what others began ends nothing.
 */
export function isSameLife(found: SourceRecord, now: SourceRecord): boolean {
  if (found.phase !== now.phase) return false;
  return found.phase === "connecting" ? found.begun?.leftSince === now.begun?.leftSince : found.phaseSince === now.phaseSince;
}
