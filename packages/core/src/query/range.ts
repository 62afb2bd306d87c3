import { err, ok, type Result } from "neverthrow";
import type { StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import { addSeconds, daysOf, type Span } from "../reading/instant.ts";
import type { DaysInView } from "./days-in-view.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { firstDayBearingOn, type LoadedDays, withLookBack } from "./look-back.ts";
import { runsWithin } from "./runs.ts";
import type { Series } from "./series.ts";
import { coverReach } from "./view.ts";

/** What is shown of a span. What hangs on readings beyond its ends is decided with them, so ranges that meet add up. */
export async function rangeIn(stored: DaysInView, span: Span): Promise<Result<Series, StoreError>> {
  const { view } = stored;
  const loaded = await daysBearingOn(span, stored);
  if (loaded.isErr()) return err(loaded.error);
  const settled = await withLookBack(loaded.value, addSeconds(span.from, -coverReach(view)), stored);
  return settled.map((days) => ({
    fingerprint: fingerprintOf(days.loaded.days, span, view),
    runs: { [Symbol.iterator]: () => runsWithin(span, days, view) },
  }));
}

async function daysBearingOn(span: Span, { view, between }: DaysInView): Promise<Result<LoadedDays, StoreError>> {
  const reach = coverReach(view);
  const from = firstDayBearingOn(addSeconds(span.from, -reach), view);
  const { last } = daysOf({ from: span.from, to: addSeconds(span.to, reach) });
  const isEmpty = span.from >= span.to;
  const days = isEmpty ? ok<readonly StoredDay[], StoreError>([]) : await between({ first: from, last });
  return days.map((found) => ({ from, days: found }));
}
