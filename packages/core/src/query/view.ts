import { err, ok, type Result } from "neverthrow";
import type { SourceRecord } from "../ports/source-record.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { NEAR_DUPLICATE } from "./near-duplicate.ts";
import type { QueryError, Selection, SeriesSource } from "./series.ts";
import { bySourcePriority, COVER_SECONDS, SOURCE_PRIORITY } from "./source-priority.ts";

/** A selection made concrete for one person. */
export interface View {
  readonly selection: Selection;
  /** Living ones only, higher before lower: a source's rank is its place. */
  readonly sources: readonly SeriesSource[];
  readonly hidesNearDuplicates: boolean;
  readonly hidesCovered: boolean;
}

export function viewOf(records: readonly SourceRecord[], selection: Selection): Result<View, QueryError> {
  const living = records.filter(({ phase }) => phase !== "erased");
  if (living.length > 1) living.sort(bySourcePriority);
  if (living.length === 0) return err({ kind: "unknown_user" });
  const chosen = selection.sourceId === null ? living : living.filter(({ sourceId }) => sourceId === selection.sourceId);
  if (chosen.length === 0) return err({ kind: "unknown_source" });
  return ok({
    selection,
    sources: chosen.map(({ sourceId, provider }) => ({ sourceId, provider })),
    hidesNearDuplicates: selection.view === "canonical",
    hidesCovered: selection.view === "canonical" && chosen.length > 1,
  });
}

/** The policies that were asked for, whether or not anything here comes under them. */
export function policiesOf({ view, sourceId }: Selection): readonly string[] {
  if (view === "all") return [];
  return sourceId === null ? [NEAR_DUPLICATE, SOURCE_PRIORITY] : [NEAR_DUPLICATE];
}

/** How far beyond a span readings bear on whether those within it are covered. */
export function coverReach(view: View): number {
  return view.hidesCovered ? COVER_SECONDS : 0;
}

/** -1: not in view. */
export function rankOf(view: View, sourceId: SourceId): number {
  return view.sources.findIndex((source) => source.sourceId === sourceId);
}
