import type { SourceRecord } from "../ports/source-record.ts";
import type { Instant } from "../reading/instant.ts";

/**
 * A source whose connecting came to nothing: disconnected since when it had been, or, if it was never connected, a tombstone that has what was
 * stored of it swept. The bus never heard of that one.
 */
export function asBefore({ begun, ...record }: SourceRecord, now: Instant): SourceRecord {
  const version = record.version + 1;
  const leftSince = begun === undefined ? record.phaseSince : begun.leftSince;
  if (leftSince !== null) return { ...record, phase: "disconnected", phaseSince: leftSince, version };
  const ended = { sourceId: record.sourceId, endedAt: now, isAnnounced: true, sweptAt: null, neverLived: true } as const;
  return { ...record, phase: "erased", phaseSince: now, ended: [...record.ended, ended], version };
}
