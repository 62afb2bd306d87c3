import type { SourceRecord } from "../ports/source-record.ts";

/** Begun and not finished. One that the provider says it does not have is not being read, though it is asked for again. */
export function isHistoryRead({ backfill }: Pick<SourceRecord, "backfill">): boolean {
  return backfill !== null && backfill.finishedAt === null && (backfill.span !== null || backfill.nothing === undefined);
}
