import { err, ok, Result } from "neverthrow";
import { newestOfDay } from "../day/codec/day-codec.ts";
import { instantAt } from "../day/columns.ts";
import type { StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import { addSeconds, type Day, dayOf, type Instant, SECONDS_PER_DAY, startOf } from "../reading/instant.ts";
import type { DaysInView } from "./days-in-view.ts";
import { NEAR_DUPLICATE_SECONDS } from "./near-duplicate.ts";
import { cannotShow, type OpenDay, opening } from "./open-day.ts";
import type { SeriesRun } from "./series.ts";
import { rankOf, type View } from "./view.ts";

/** All days in view from `from` on up to some other, by day. */
export interface LoadedDays {
  readonly from: Day;
  readonly days: readonly StoredDay[];
}

/** Days that are enough to tell what is shown from some instant on. */
export interface SettledDays {
  readonly loaded: LoadedDays;
  /** Those of the loaded days that have to be opened. */
  readonly toOpen: readonly StoredDay[];
  readonly open: OpenDay;
}

/**
 * Whether a reading stands may hang on the one less than 30 s before it, and that on the one before, and so on back to a reading that has
 * none so close before it and stands for certain. Days are read backwards until every source has such a one; seldom is it even one day.
 */
export async function withLookBack(
  loaded: LoadedDays,
  at: Instant,
  stored: DaysInView,
  opened: Map<StoredDay, SeriesRun> = new Map(),
): Promise<Result<SettledDays, StoreError>> {
  const open = opening(stored.view, opened);
  const starts = chainStarts(loaded.days, at, stored.view, (day) => open(day).andTee((run) => opened.set(day, run)));
  if (starts.isErr()) return err(starts.error);
  if (starts.value.every((start) => firstDayBearingOn(start, stored.view) >= loaded.from)) {
    return ok({ loaded, toOpen: loaded.days.filter((day) => !isBefore(day, starts.value, stored.view)), open });
  }
  const dayBefore = (loaded.from - 1) as Day;
  const earlier = await stored.between({ first: dayBefore, last: dayBefore });
  if (earlier.isErr()) return err(earlier.error);
  return withLookBack({ from: dayBefore, days: [...earlier.value, ...loaded.days] }, at, stored, opened);
}

/** The first day that can hold something on which the readings from `at` on hang. */
export function firstDayBearingOn(at: Instant, view: View): Day {
  return dayOf(addSeconds(at, view.hidesNearDuplicates ? 1 - NEAR_DUPLICATE_SECONDS : 0));
}

function isBefore({ day, sourceId }: StoredDay, starts: readonly Instant[], view: View): boolean {
  return day < dayOf(starts[rankOf(view, sourceId)] as Instant);
}

/** By rank, where the chain of close readings begins that leads up to `at`, as far as the days tell; `at` itself if there is none. */
function chainStarts(days: readonly StoredDay[], at: Instant, view: View, open: OpenDay): Result<readonly Instant[], StoreError> {
  if (!view.hidesNearDuplicates) return ok(view.sources.map(() => at));
  return Result.combine(
    view.sources.map(({ sourceId }) =>
      chainStart(
        days.filter((stored) => stored.sourceId === sourceId),
        at,
        open,
      ),
    ),
  );
}

function chainStart(days: readonly StoredDay[], at: Instant, open: OpenDay): Result<Instant, StoreError> {
  let start = at;
  for (const stored of days.toReversed()) {
    const earlier = chainStartIn(stored, start, open);
    if (earlier.isErr()) return earlier;
    start = earlier.value;
  }
  return ok(start);
}

/** For nearly all days their front tells that they hold nothing close; what was known at some earlier time can only be less. */
function chainStartIn(stored: StoredDay, start: Instant, open: OpenDay): Result<Instant, StoreError> {
  const midnight = startOf(stored.day);
  if (midnight >= start || !isClose(addSeconds(midnight, SECONDS_PER_DAY - 1), start)) return ok(start);
  const newest = newestOfDay(stored.bytes);
  if (newest.isErr()) return err(cannotShow(stored, newest.error));
  if (!isClose(addSeconds(midnight, newest.value.second), start)) return ok(start);
  return open(stored).map((run) => firstLinked(run, start));
}

function firstLinked(run: SeriesRun, start: Instant): Instant {
  let first = start;
  for (const version of run.versions.toReversed()) {
    const at = instantAt(run.timeline, version, run.day);
    if (at >= first) continue;
    if (!isClose(at, first)) break;
    first = at;
  }
  return first;
}

function isClose(before: Instant, at: Instant): boolean {
  return at - before < NEAR_DUPLICATE_SECONDS;
}
