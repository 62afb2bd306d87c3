import type { Day } from "../reading/instant.ts";
import type { SeriesRun } from "./series.ts";

/** A day of a person: the run of each source, by rank. */
export interface DaySlice {
  readonly day: Day;
  readonly runs: readonly (SeriesRun | undefined)[];
}
