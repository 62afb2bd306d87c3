import type { Day } from "../reading/instant.ts";
import { emptyColumns, type ReadingColumns } from "./columns.ts";
import type { Commit } from "./commit.ts";

/**
 * A source's UTC day as a log that only grows: every reading version ever accepted, in the order of the commits that brought them.
 * The version of a commit is its place, from 1; the version of the day is the number of its commits.
 */
export interface DayLog {
  readonly day: Day;
  readonly columns: ReadingColumns;
  readonly commits: readonly LoggedCommit[];
  /** The newest commit known to have reached the bus when this day was written; a hint, never ahead of the truth. */
  readonly published: number;
}

/** `end` is how many reading versions the log holds up to and including this commit. */
export interface LoggedCommit extends Commit {
  readonly end: number;
}

export function emptyDay(day: Day): DayLog {
  return { day, columns: emptyColumns(0), commits: [], published: 0 };
}

export function versionOf(log: DayLog): number {
  return log.commits.length;
}

/** The versions of a commit are those from here up to its `end`. `version` counts from 1. */
export function startOfCommit(log: DayLog, version: number): number {
  return log.commits[version - 2]?.end ?? 0;
}

/** The commit that brought the reading version at `index`. */
export function commitOf(log: DayLog, index: number): LoggedCommit {
  let first = 0;
  let last = log.commits.length - 1;
  while (first < last) {
    const middle = (first + last) >> 1;
    if ((log.commits[middle] as LoggedCommit).end > index) last = middle;
    else first = middle + 1;
  }
  return log.commits[first] as LoggedCommit;
}
