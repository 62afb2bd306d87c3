import { err, ok, type Result } from "neverthrow";
import { newestOfDay } from "../day/codec/day-codec.ts";
import { instantAt } from "../day/columns.ts";
import type { StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Mgdl } from "../reading/glucose.ts";
import { addSeconds, type Day, EVERY_DAY, SECONDS_PER_DAY, startOf } from "../reading/instant.ts";
import type { DaysInView } from "./days-in-view.ts";
import { type LoadedDays, withLookBack } from "./look-back.ts";
import { openDay } from "./open-day.ts";
import { runsWithin } from "./runs.ts";
import type { LatestReading, SeriesRun } from "./series.ts";
import { sourcedReading } from "./sourced-reading.ts";
import { coverReach, type View } from "./view.ts";

/** The last reading that is shown. Days are read from the newest back; one is judged once the day before it is known as well. */
export async function latestIn(stored: DaysInView): Promise<Result<LatestReading | null, StoreError>> {
  let days: readonly StoredDay[] = [];
  let unjudged: Day | null = null;
  for await (const read of stored.newestFirst()) {
    if (read.isErr()) return err(read.error);
    if (unjudged === null) {
      const front = latestFromFront(read.value, stored.view);
      if (front !== null) return ok(front);
    }
    const { day } = read.value[0] as StoredDay;
    days = [...read.value, ...days];
    if (unjudged !== null) {
      const latest = await latestOn(unjudged, { from: day, days }, stored);
      if (latest.isErr() || latest.value !== null) return latest;
    }
    days = days.filter((each) => each.day <= day + 1);
    unjudged = day;
  }
  return unjudged === null ? ok(null) : latestOn(unjudged, { from: EVERY_DAY.first, days }, stored);
}

/** The usual case costs no decoding: one source, and no other reading so close before its newest that it could hide it. */
function latestFromFront([newestDay]: readonly StoredDay[], view: View): LatestReading | null {
  const [source] = view.sources;
  if (newestDay === undefined || source === undefined || view.sources.length > 1 || view.selection.asOf !== null) return null;
  const newest = newestOfDay(newestDay.bytes).unwrapOr(null);
  if (newest === null || newest.mgdl === 0 || (view.hidesNearDuplicates && !newest.isAlone)) return null;
  return {
    at: addSeconds(startOf(newestDay.day), newest.second),
    mgdl: newest.mgdl,
    source,
    complete: () => openDay(newestDay, view).map((run) => sourcedReading(run, run.versions.at(-1) as number)),
  };
}

async function latestOn(day: Day, loaded: LoadedDays, stored: DaysInView): Promise<Result<LatestReading | null, StoreError>> {
  const span = { from: startOf(day), to: addSeconds(startOf(day), SECONDS_PER_DAY) };
  const settled = await withLookBack(loaded, addSeconds(span.from, -coverReach(stored.view)), stored);
  if (settled.isErr()) return err(settled.error);
  let last: SeriesRun | null = null;
  for (const run of runsWithin(span, settled.value, stored.view)) {
    if (run.isErr()) return err(run.error);
    last = run.value;
  }
  return ok(last && latestOf(last));
}

function latestOf(run: SeriesRun): LatestReading {
  const version = run.versions.at(-1) as number;
  return {
    at: instantAt(run.timeline, version, run.day),
    mgdl: run.timeline.mgdl[version] as Mgdl,
    source: run.source,
    complete: () => ok(sourcedReading(run, version)),
  };
}
