import { ok, type Result } from "neverthrow";
import { type DayUnreadable, decodeDayCommits, decodeDayDetails, decodeDayTimeline } from "../day/codec/day-codec.ts";
import type { Timeline } from "../day/columns.ts";
import { currentVersions, knownBy } from "../day/current.ts";
import type { StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import { formatDay, type Instant } from "../reading/instant.ts";
import type { SeriesRun, SeriesSource } from "./series.ts";
import { rankOf, type View } from "./view.ts";

/** Everything a source told of a day, before any policy. */
export type OpenDay = (stored: StoredDay) => Result<SeriesRun, StoreError>;

/** Takes a day from those that were opened before. */
export function opening(view: View, opened: ReadonlyMap<StoredDay, SeriesRun>): OpenDay {
  return (stored) => {
    const known = opened.get(stored);
    return known === undefined ? openDay(stored, view) : ok(known);
  };
}

export function openDay(stored: StoredDay, view: View): Result<SeriesRun, StoreError> {
  const source = view.sources[rankOf(view, stored.sourceId)] as SeriesSource;
  return decodeDayTimeline(stored.bytes)
    .andThen((timeline) => versionsAsOf(stored, timeline, view.selection.asOf).map((versions) => runOf(stored, source, timeline, versions)))
    .mapErr((unreadable) => cannotShow(stored, unreadable));
}

/** What a person is told of a day that cannot be decoded. */
export function cannotShow({ day, sourceId }: StoredDay, { message }: DayUnreadable): StoreError {
  return {
    kind: "stop",
    message:
      `The readings of ${formatDay(day)} (source ${sourceId}) cannot be shown, nor anything that depends on them. ${message} ` +
      "Other days are not affected: ask for a span that leaves this one out, or restore it from a backup.",
  };
}

function versionsAsOf(stored: StoredDay, timeline: Timeline, asOf: Instant | null): Result<Int32Array, DayUnreadable> {
  if (asOf === null) return ok(currentVersions(timeline));
  return decodeDayCommits(stored.bytes, stored.day).map((commits) => currentVersions(timeline, knownBy(commits, asOf)));
}

function runOf({ bytes, day }: StoredDay, source: SeriesSource, timeline: Timeline, versions: Int32Array): SeriesRun {
  return {
    source,
    day,
    timeline,
    versions,
    details: once(() => verified(decodeDayDetails(bytes, timeline))),
    commits: once(() => verified(decodeDayCommits(bytes, day))),
  };
}

/** Runs cut from one day share what is decoded of it. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function verified<T>(result: Result<T, DayUnreadable>): T {
  if (result.isOk()) return result.value;
  // bug: these bytes were verified when their timeline was decoded, and nobody may write to them since
  throw new Error(result.error.message);
}
