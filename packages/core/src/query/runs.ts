import { err, ok, type Result } from "neverthrow";
import type { StoreError } from "../ports/store-error.ts";
import { type Span, startOf } from "../reading/instant.ts";
import { cut, secondAt } from "./cut.ts";
import type { DaySlice } from "./day-slice.ts";
import type { SettledDays } from "./look-back.ts";
import type { SeriesRun } from "./series.ts";
import { slices } from "./slices.ts";
import type { View } from "./view.ts";

/** What is shown of a span, run after run, each day decoded when its turn comes. An `Err` comes last. */
export function* runsWithin(span: Span, settled: SettledDays, view: View): Generator<Result<SeriesRun, StoreError>, void> {
  for (const slice of slices(settled.toOpen, view, settled.open)) {
    if (slice.isErr()) {
      yield err(slice.error);
      return;
    }
    for (const run of interleaved(slice.value, span)) yield ok(run);
  }
}

/** The runs of a day in turns, each as long as no other has an earlier reading; at one instant the higher source comes first. */
function* interleaved({ day, runs }: DaySlice, span: Span): Generator<SeriesRun, void> {
  const inSpan = runs.filter((run) => run !== undefined).map((run) => cut(run, span.from - startOf(day), span.to - startOf(day)));
  let left = inSpan.filter(isNotEmpty);
  while (left.length > 0) {
    const next = left.reduce((earliest, run) => (secondAt(run, 0) < secondAt(earliest, 0) ? run : earliest));
    const until = secondOfOthers(left, next);
    yield cut(next, 0, until);
    left = left.map((run) => (run === next ? cut(run, until, Infinity) : run)).filter(isNotEmpty);
  }
}

/** The second from which another source than that of `next` has its turn. */
function secondOfOthers(byRank: readonly SeriesRun[], next: SeriesRun): number {
  const rank = byRank.indexOf(next);
  return byRank.reduce((until, run, other) => {
    if (other === rank) return until;
    return Math.min(until, other < rank ? secondAt(run, 0) : secondAt(run, 0) + 1);
  }, Infinity);
}

function isNotEmpty({ versions }: SeriesRun): boolean {
  return versions.length > 0;
}
