import { compareContents, filledFrom, isSameContent } from "../reading/content.ts";
import { type Instant, startOf } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";
import { MOST_NAMES, readReading, widened, writeReading } from "./columns.ts";
import type { Arrival } from "./commit.ts";
import { commitOf, type DayLog, type LoggedCommit, versionOf } from "./day-log.ts";

/** What one page holds for one day: at most one reading per instant. */
export interface DayPage {
  readonly readings: readonly Reading[];
  readonly askedAt: Instant;
  readonly receivedAt: Instant;
  readonly isBackfill: boolean;
  /** The newest instant that the source had before this page, `null` if none. */
  readonly newestBefore: Instant | null;
}

/**
 * The log after a page. Of an instant that is new, the reading is added. Of one that is known: the same content adds nothing; what only
 * fills in the unknown is a new version; of contents that disagree the one asked for last stands, of two asked for in the same second the
 * later in a fixed order. Nothing new: the very same log.
 *
 * So pages that agree give the same day in any split, order or repetition, and an answer overturns nothing that was asked for later and was new
 * when it came. What only confirms what stands leaves no trace: an answer from before that, which comes after it, overturns it.
 */
export function append(log: DayLog, page: DayPage): DayLog {
  const added = new Map<Arrival, Reading[]>();
  for (const reading of page.readings) {
    const index = log.columns.second.lastIndexOf(reading.at - startOf(log.day));
    const standing = index < 0 ? null : readReading(log.columns, index, log.day);
    const next = standing === null ? reading : successor(log, standing, reading, page.askedAt);
    if (next !== standing) push(added, arrivalOf(reading, standing, page), next);
  }
  return added.size === 0 ? log : withCommits(log, added, page);
}

/** Names are counted in a byte: a log with more of them than `MOST_NAMES` cannot be kept. Index 0 is no name. */
export function hasRoomForNames(log: DayLog): boolean {
  return log.columns.devices.length - 1 <= MOST_NAMES && log.columns.trendWords.length - 1 <= MOST_NAMES;
}

/** The version that stands after `incoming`; `standing` itself if nothing changes. Which was asked later matters only if they disagree. */
function successor(log: DayLog, standing: Reading, incoming: Reading, askedAt: Instant): Reading {
  if (isSameContent(standing, incoming)) return standing;
  const filled = filledFrom(standing, incoming);
  const overturned = filledFrom(incoming, standing);
  const next = isSameContent(filled, overturned) || !isAskedLater(log, standing, incoming, askedAt) ? filled : overturned;
  return isSameContent(next, standing) ? standing : next;
}

function isAskedLater(log: DayLog, standing: Reading, incoming: Reading, askedAt: Instant): boolean {
  const standingAskedAt = lastAskedAt(log, standing.at);
  return askedAt > standingAskedAt || (askedAt === standingAskedAt && compareContents(incoming, standing) > 0);
}

/** The latest request among all that brought a version of an instant. */
function lastAskedAt(log: DayLog, at: Instant): Instant {
  const second = at - startOf(log.day);
  let latest = -Infinity;
  for (let index = 0; index < log.columns.length; index++) {
    if (log.columns.second[index] === second) latest = Math.max(latest, commitOf(log, index).askedAt);
  }
  return latest as Instant;
}

function arrivalOf(reading: Reading, standing: Reading | null, page: DayPage): Arrival {
  if (standing !== null) return "revision";
  if (page.isBackfill) return "backfill";
  return page.newestBefore !== null && reading.at < page.newestBefore ? "late" : "live";
}

function push(added: Map<Arrival, Reading[]>, arrival: Arrival, reading: Reading): void {
  const of = added.get(arrival);
  if (of === undefined) added.set(arrival, [reading]);
  else of.push(reading);
}

/**
 * A commit is one event, and a bus takes a message of some size at most: RabbitMQ 4 one of 16 MiB, and a reading takes up to 620 bytes in one. What is
 * never taken would hold up whatever waits with it. A sensor that measures each minute makes 1,440 readings a day.
 */
const MOST_IN_COMMIT = 10_000;

/** In this order a consumer that follows the events sees corrections before news. */
const ORDER: readonly Arrival[] = ["revision", "backfill", "late", "live"];

function withCommits(log: DayLog, added: ReadonlyMap<Arrival, readonly Reading[]>, page: DayPage): DayLog {
  const more = [...added.values()].reduce((sum, readings) => sum + readings.length, 0);
  const columns = widened(log.columns, more);
  const commits: LoggedCommit[] = [...log.commits];
  const receivedAt = Math.max(page.receivedAt, log.commits.at(-1)?.receivedAt ?? page.receivedAt) as Instant;
  let end = log.columns.length;
  for (const arrival of ORDER) {
    const readings = added.get(arrival);
    if (readings === undefined) continue;
    const inOrder = ascending(readings);
    for (let from = 0; from < inOrder.length; from += MOST_IN_COMMIT) {
      for (const reading of inOrder.slice(from, from + MOST_IN_COMMIT)) writeReading(columns, end++, log.day, reading);
      commits.push({ receivedAt, askedAt: page.askedAt, arrival, end });
    }
  }
  return { ...log, columns, commits };
}

/** Pages mostly are. */
function ascending(readings: readonly Reading[]): readonly Reading[] {
  const isAscending = readings.every((reading, i) => i === 0 || (readings[i - 1] as Reading).at < reading.at);
  return isAscending ? readings : readings.toSorted((a, b) => a.at - b.at);
}

/** The same log, remembering that all of it up to `published` has reached the bus. */
export function withPublished(log: DayLog, published: number): DayLog {
  const known = Math.min(published, versionOf(log));
  return known > log.published ? { ...log, published: known } : log;
}
