import { readReading } from "../day/columns.ts";
import type { LoggedCommit } from "../day/day-log.ts";
import type { SeriesRun, SourcedReading } from "./series.ts";

/** One reading of a run with all that is known of it. */
export function sourcedReading(run: SeriesRun, version: number): SourcedReading {
  const { second } = run.timeline;
  // bug if there is none: every version of a log was brought by a commit
  const commit = run.commits().find(({ end }) => version < end) as LoggedCommit;
  return {
    reading: readReading({ ...run.timeline, ...run.details() }, version, run.day),
    source: run.source,
    receivedAt: commit.receivedAt,
    revision: second.subarray(0, version).filter((each) => each === second[version]).length,
  };
}
