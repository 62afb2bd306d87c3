import type { SeriesRun } from "./series.ts";

/** The readings of a run from second `from` of its day, inclusive, to second `to`, exclusive. */
export function cut(run: SeriesRun, from: number, to: number): SeriesRun {
  const start = firstFrom(run, from);
  const end = firstFrom(run, to);
  return start === 0 && end === run.versions.length ? run : { ...run, versions: run.versions.subarray(start, end) };
}

export function hasReadingWithin(run: SeriesRun, first: number, last: number): boolean {
  const at = firstFrom(run, first);
  return at < run.versions.length && secondAt(run, at) <= last;
}

/** The second of the day of the reading at a place of a run. */
export function secondAt({ timeline, versions }: SeriesRun, place: number): number {
  return timeline.second[versions[place] as number] as number;
}

/** The place of the first reading at or after a second of the day. */
function firstFrom(run: SeriesRun, second: number): number {
  let low = 0;
  let high = run.versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (secondAt(run, middle) < second) low = middle + 1;
    else high = middle;
  }
  return low;
}
