import { type Series, type SeriesRun, startOf } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";

/** Readings as columns of equal length, ascending in time. */
export interface ReadingColumns {
  /** Milliseconds since 1970. */
  readonly atMs: Float64Array;
  readonly mgdl: Int32Array;
  /** What the sensor could not measure: positive "above so much", negative "below", 0 for a number that is one. */
  readonly boundMgdl: Int32Array;
}

/** One run after another as it is decoded: a day of one source, or a part of one. Nothing is held but the run. */
export function* columnsByRun(
  series: Series,
): Generator<Result<{ readonly run: SeriesRun; readonly columns: ReadingColumns }, string>, void> {
  for (const run of series.runs) {
    if (run.isErr()) return yield err(run.error.message);
    const columns = emptyColumns(run.value.versions.length);
    fill(columns, run.value, 0);
    yield ok({ run: run.value, columns });
  }
}

/** The whole series at once. */
export function columnsOf(series: Series): Result<ReadingColumns, string> {
  const runs: SeriesRun[] = [];
  let length = 0;
  for (const run of series.runs) {
    if (run.isErr()) return err(run.error.message);
    runs.push(run.value);
    length += run.value.versions.length;
  }
  const columns = emptyColumns(length);
  let place = 0;
  for (const run of runs) {
    fill(columns, run, place);
    place += run.versions.length;
  }
  return ok(columns);
}

function emptyColumns(length: number): ReadingColumns {
  return { atMs: new Float64Array(length), mgdl: new Int32Array(length), boundMgdl: new Int32Array(length) };
}

function fill({ atMs, mgdl, boundMgdl }: ReadingColumns, { day, timeline, versions }: SeriesRun, first: number): void {
  const start = startOf(day);
  for (let n = 0; n < versions.length; n++) {
    const version = versions[n] as number;
    atMs[first + n] = (start + (timeline.second[version] as number)) * 1_000;
    mgdl[first + n] = timeline.mgdl[version] as number;
    boundMgdl[first + n] = timeline.bound[version] as number;
  }
}
