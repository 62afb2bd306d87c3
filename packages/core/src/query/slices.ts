import { err, ok, type Result } from "neverthrow";
import type { StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { DaySlice } from "./day-slice.ts";
import { type Standing, withoutNearDuplicates } from "./near-duplicate.ts";
import type { OpenDay } from "./open-day.ts";
import type { SeriesRun } from "./series.ts";
import { withoutCovered } from "./source-priority.ts";
import { rankOf, type View } from "./view.ts";

type Slices = Generator<Result<DaySlice, StoreError>, void>;

/** Day after day what the view shows. `days` ascend, and begin early enough for the first that is of interest. An `Err` comes last. */
export function slices(days: readonly StoredDay[], view: View, open: OpenDay): Slices {
  const standing = standingSlices(days, view, open);
  return view.hidesCovered ? uncoveredSlices(standing) : standing;
}

/** Each source by itself. */
function* standingSlices(days: readonly StoredDay[], view: View, open: OpenDay): Slices {
  const last: (Standing | null)[] = view.sources.map(() => null);
  let runs: (SeriesRun | undefined)[] = view.sources.map(() => undefined);
  for (const [i, stored] of days.entries()) {
    const opened = open(stored);
    if (opened.isErr()) {
      yield err(opened.error);
      return;
    }
    const rank = rankOf(view, stored.sourceId);
    const shown = view.hidesNearDuplicates ? withoutNearDuplicates(opened.value, last[rank] ?? null) : { run: opened.value, last: null };
    last[rank] = shown.last;
    runs[rank] = shown.run;
    if (days[i + 1]?.day === stored.day) continue;
    yield ok({ day: stored.day, runs });
    runs = view.sources.map(() => undefined);
  }
}

/** Sources against each other: a day is judged once the day after it is known. */
function* uncoveredSlices(standing: Slices): Slices {
  let before: DaySlice | null = null;
  let here: DaySlice | null = null;
  for (const next of standing) {
    if (next.isErr()) {
      yield next;
      return;
    }
    if (here !== null) yield ok(withoutCovered(here, before, next.value));
    before = here;
    here = next.value;
  }
  if (here !== null) yield ok(withoutCovered(here, before, null));
}
