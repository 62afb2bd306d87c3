import { ARRIVALS, type Arrival } from "../../day/commit.ts";
import type { DayLog } from "../../day/day-log.ts";
import type { Instant } from "../../reading/instant.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import type { SourceState } from "../source/source-state.ts";

/** Reading versions by how they came. */
export type AddedBy = Readonly<Record<Arrival, number>>;

/** What `after` holds and `before` did not. */
export function addedBy(before: DayLog, after: DayLog): AddedBy {
  const added = noneAdded();
  let end = before.columns.length;
  for (const commit of after.commits.slice(before.commits.length)) {
    added[commit.arrival] += commit.end - end;
    end = commit.end;
  }
  return added;
}

interface Counted {
  /** Ascending. */
  readonly readings: readonly { readonly at: Instant }[];
  readonly isBackfill: boolean;
}

/** Before the state of the source takes the page up. `refused`: readings for which their day had no room. */
export function countPage(
  { countPage: count, clock }: IngestDeps,
  { record, newest }: SourceState,
  { readings, isBackfill }: Counted,
  days: readonly AddedBy[],
  refused: number,
): void {
  if (count === undefined) return;
  const added = noneAdded();
  for (const day of days) for (const arrival of ARRIVALS) added[arrival] += day[arrival];
  const known = readings.length - refused - ARRIVALS.reduce((sum, arrival) => sum + added[arrival], 0);
  const last = readings.at(-1)?.at ?? null;
  const isNews = last !== null && added.live > 0 && (newest === null || last > newest);
  const delaySeconds = isNews ? Math.max(0, nowOf(clock) - last) : null;
  count({ provider: record.provider, isBackfill, added, known, delaySeconds });
}

function noneAdded(): Record<Arrival, number> {
  return Object.fromEntries(ARRIVALS.map((arrival) => [arrival, 0])) as Record<Arrival, number>;
}
