import type { SourceRecord } from "../ports/source-record.ts";
import { SECONDS_PER_DAY } from "../reading/instant.ts";
import { hasReadingWithin } from "./cut.ts";
import type { DaySlice } from "./day-slice.ts";
import type { SeriesRun } from "./series.ts";

/**
 * Where two sources of a person cover the same moment, one stands: a reading is hidden if a higher source has a reading (one that
 * near-duplicate/1 lets stand) at most 450 s before or after it.
 */
export const SOURCE_PRIORITY = "source-priority/1";

/** Half of 15 minutes, the slowest cadence of sensors in use: a source that misses nothing covers all the time between its readings. */
export const COVER_SECONDS = 450;

/** Higher before lower: by the person's preference, given ones first; then the earlier connected; then the smaller id. */
export function bySourcePriority(a: SourceRecord, b: SourceRecord): number {
  if (a.rank !== b.rank) return (a.rank ?? Infinity) < (b.rank ?? Infinity) ? -1 : 1;
  return a.connectedAt - b.connectedAt || (a.sourceId < b.sourceId ? -1 : 1);
}

/** What of a day stands, told by the day itself and those just before and after it. */
export function withoutCovered(slice: DaySlice, before: DaySlice | null, after: DaySlice | null): DaySlice {
  const neighbours = [before, slice, after].filter((each) => each !== null);
  return { day: slice.day, runs: slice.runs.map((run, rank) => run && uncovered(run, coversOf(neighbours, rank))) };
}

/** The runs of higher sources. */
function coversOf(slices: readonly DaySlice[], rank: number): readonly SeriesRun[] {
  return slices.flatMap(({ runs }) => runs.slice(0, rank)).filter((run) => run !== undefined);
}

function uncovered(run: SeriesRun, covers: readonly SeriesRun[]): SeriesRun {
  if (covers.length === 0) return run;
  const versions = run.versions.filter((version) => !covers.some((cover) => isCovered(run, version, cover)));
  return { ...run, versions };
}

function isCovered(run: SeriesRun, version: number, cover: SeriesRun): boolean {
  const second = (run.timeline.second[version] as number) + (run.day - cover.day) * SECONDS_PER_DAY;
  return hasReadingWithin(cover, second - COVER_SECONDS, second + COVER_SECONDS);
}
