import { instantAt } from "../day/columns.ts";
import type { Instant } from "../reading/instant.ts";
import { secondAt } from "./cut.ts";
import type { SeriesRun } from "./series.ts";

/**
 * Some sources tell one measurement twice, some seconds apart. Of one source, in ascending order, a reading is hidden if the last one that
 * stands has the same value, the same device (or either is unknown) and lies less than 30 s before it. What is hidden hides nothing itself.
 */
export const NEAR_DUPLICATE = "near-duplicate/1";

/** A reading at least this long after its predecessor stands, whatever came before. */
export const NEAR_DUPLICATE_SECONDS = 30;

/** The last reading of a source that stands. */
export interface Standing {
  readonly at: Instant;
  readonly mgdl: number;
  readonly device: string | null;
}

export interface Shown {
  readonly run: SeriesRun;
  /** The last to stand after this run. */
  readonly last: Standing | null;
}

/** The readings of `run` that stand when `last` was the last to stand before them. */
export function withoutNearDuplicates(run: SeriesRun, last: Standing | null): Shown {
  if (!hasCloseReadings(run, last)) return { run, last: lastOf(run) ?? last };
  let standing = last;
  const versions = run.versions.filter((version) => {
    const reading = readingAt(run, version);
    if (standing !== null && repeats(reading, standing)) return false;
    standing = reading;
    return true;
  });
  return { run: { ...run, versions }, last: standing };
}

/** Devices are told apart by name: each day numbers them anew. */
function repeats(reading: Standing, standing: Standing): boolean {
  return (
    reading.at - standing.at < NEAR_DUPLICATE_SECONDS &&
    reading.mgdl === standing.mgdl &&
    (reading.device === standing.device || reading.device === null || standing.device === null)
  );
}

/** Most days have none, and are done with here. */
function hasCloseReadings(run: SeriesRun, last: Standing | null): boolean {
  const first = run.versions[0];
  if (first === undefined) return false;
  if (last !== null && instantAt(run.timeline, first, run.day) - last.at < NEAR_DUPLICATE_SECONDS) return true;
  for (let place = 1; place < run.versions.length; place++) {
    if (secondAt(run, place) - secondAt(run, place - 1) < NEAR_DUPLICATE_SECONDS) return true;
  }
  return false;
}

function lastOf(run: SeriesRun): Standing | null {
  const version = run.versions.at(-1);
  return version === undefined ? null : readingAt(run, version);
}

function readingAt({ timeline, day }: SeriesRun, version: number): Standing {
  return {
    at: instantAt(timeline, version, day),
    mgdl: timeline.mgdl[version] as number,
    device: timeline.devices[timeline.device[version] as number] ?? null,
  };
}
