import { err, ok, type Result } from "neverthrow";
import { append, hasRoomForNames, withPublished } from "../../day/append.ts";
import { decodeDay, encodeDay, FULL_DAY_BYTES } from "../../day/codec/day-codec.ts";
import { readReading } from "../../day/columns.ts";
import { type DayLog, emptyDay, versionOf } from "../../day/day-log.ts";
import type { Call } from "../../ports/call.ts";
import { MOST_ATTEMPTS } from "../../ports/most-attempts.ts";
import type { DayKey, DayPut, StoredDay } from "../../ports/reading-store.ts";
import type { SetAside } from "../../ports/set-aside.ts";
import type { OpenFrom, SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import { type Day, dayOf, type Instant } from "../../reading/instant.ts";
import type { Reading } from "../../reading/reading.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { COMMIT_WITHIN_SECONDS, lowered, needsLowering } from "../recovery/open-from.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { writeRecord } from "../source/record-writes.ts";
import { laterOf, latestNow, type SourceState } from "../source/source-state.ts";
import { type AddedBy, addedBy, countPage } from "./count-page.ts";
import { keepAside } from "./keep-aside.ts";

/** What one request or delivery brought, normalised. */
export interface PageToCommit {
  /** Ascending, one per instant. */
  readonly readings: readonly Reading[];
  readonly setAside: readonly SetAside[];
  readonly askedAt: Instant;
  readonly isBackfill: boolean;
}

export interface CommittedPage {
  /** Reading versions that were new. */
  readonly added: number;
  /** The days that grew, as they stand. */
  readonly logs: readonly DayLog[];
  /** The oldest instant of the page. */
  readonly first: Instant | null;
}

/**
 * Stores a page: the refused records first, then each touched day by compare-and-set over what a read begun after the fetch found. When
 * this answers, all of it is durable. Committing the same page again changes nothing.
 */
export async function commitPage(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  page: PageToCommit,
  call: Call,
): Promise<Result<CommittedPage, StoreError>> {
  const kept = await keepAside(deps, state, page.setAside, call);
  if (kept.isErr()) return err(kept.error);
  if (page.readings.length === 0) return ok({ added: 0, logs: [], first: null });
  const written = new Map<Day, GrownDay>();
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const tried = await tryCommit(deps, publisher, state, page, call);
    if (tried.isErr()) return err(unfinished(publisher, state, written, tried.error));
    for (const day of tried.value.written) written.set(day.log.day, day);
    if (!tried.value.isDone) continue;
    const days = [...written.values()];
    const counts = days.map((day) => day.addedBy);
    countPage(deps, state, page, counts, tried.value.refused);
    return ok(committed(state, page, days));
  }
  const message = "The days of this source are being written by somebody else over and over.";
  return err(unfinished(publisher, state, written, { kind: "retry", message }));
}

/** Part of the page is stored: nobody would publish it if the rest came without it. */
function unfinished(publisher: Publisher, state: SourceState, written: ReadonlyMap<Day, GrownDay>, error: StoreError): StoreError {
  for (const day of written.keys()) publisher.lookAt(state.record, day);
  return error;
}

type ByDay = ReadonlyMap<Day, readonly Reading[]>;

/** `isDone`: nothing of the page is left to store. */
interface Tried {
  readonly isDone: boolean;
  readonly written: readonly GrownDay[];
  /** Readings for which their day had no room. */
  readonly refused: number;
}

async function tryCommit(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  page: PageToCommit,
  call: Call,
): Promise<Result<Tried, StoreError>> {
  const byDay = Map.groupBy(page.readings, (reading) => dayOf(reading.at));
  const keys = [...byDay.keys()].map((day): DayKey => ({ userId: state.record.userId, day, sourceId: state.record.sourceId }));
  const stored = await deps.readings.getDays(keys, call);
  if (stored.isErr()) return err(stored.error);
  const grown = growDays(deps, publisher, state, page, byDay, stored.value);
  if (grown.isErr()) return err(grown.error);
  const kept = await keepAside(deps, state, grown.value.full, call);
  if (kept.isErr()) return err(kept.error);
  const noted = await noteFullDay(deps, state, grown.value.full, call);
  if (noted.isErr()) return err(noted.error);
  const { days, full } = grown.value;
  const refused = full.length;
  if (days.length === 0) return ok({ isDone: true, written: [], refused });
  const startedMs = deps.clock.monotonicMs();
  const opened = await openDays(deps, state, page, days, call);
  if (opened.isErr()) return err(opened.error);
  if (deps.clock.monotonicMs() - startedMs > COMMIT_WITHIN_SECONDS * 1000) return ok({ isDone: false, written: [], refused });
  deps.checkpoint("commit.before_put");
  const outcomes = await deps.readings.putDays(
    days.map(({ put }) => put),
    call,
  );
  if (outcomes.isErr()) {
    for (const { log } of days) publisher.lookAt(state.record, log.day);
    return err(outcomes.error);
  }
  deps.checkpoint("commit.after_put");
  const written = days.filter((_, i) => outcomes.value[i]?.kind === "written");
  return ok({ isDone: written.length === days.length, written, refused });
}

/** Written once a day at most: the person has to see that readings are missing, and where they are. */
async function noteFullDay(deps: IngestDeps, state: SourceState, full: readonly SetAside[], call: Call): Promise<Result<void, StoreError>> {
  const days = full.flatMap(({ at }) => (at === null ? [] : [dayOf(at)]));
  if (days.length === 0) return ok(undefined);
  const fullDay = Math.max(...days) as Day;
  const noted = await writeRecord(
    deps,
    state,
    (record) => (record.fullDay !== undefined && record.fullDay >= fullDay ? record : { ...record, fullDay }),
    call,
  );
  return noted.map(() => undefined);
}

/**
 * Days older than yesterday have to be covered by `openFrom` before they are written; where nothing is written, nothing is lowered. The first
 * day of all lowers it too, so that one that was never lowered tells that the source is empty.
 */
async function openDays(
  deps: IngestDeps,
  state: SourceState,
  page: PageToCommit,
  days: readonly GrownDay[],
  call: Call,
): Promise<Result<void, StoreError>> {
  const oldest = Math.min(...days.map(({ log }) => log.day)) as Day;
  const latest = latestNow(state, deps.clock);
  const isFirst = state.newest === null;
  const isNeeded = (openFrom: OpenFrom, now: Instant) =>
    (isFirst && openFrom.loweredAt === null) || needsLowering(openFrom, oldest, now, latest);
  if (!isNeeded(state.record.openFrom, nowOf(deps.clock))) return ok(undefined);
  const written = await writeRecord(
    deps,
    state,
    (record) => {
      const now = nowOf(deps.clock);
      const lowest = page.isBackfill ? firstOfBackfill(record, oldest) : oldest;
      return isNeeded(record.openFrom, now) ? { ...record, openFrom: lowered(record.openFrom, lowest, now) } : record;
    },
    call,
  );
  if (written.isErr()) return err(written.error);
  deps.checkpoint("commit.after_open_from_lowered");
  return ok(undefined);
}

/** A backfill goes on to its first day: `openFrom` is lowered once for all of its windows, and does not rise before it is done. */
function firstOfBackfill({ backfill }: SourceRecord, oldest: Day): Day {
  return backfill === null || backfill.span === null ? oldest : (Math.min(oldest, dayOf(backfill.span.from)) as Day);
}

interface GrownDay {
  readonly log: DayLog;
  readonly put: DayPut;
  readonly added: number;
  readonly addedBy: AddedBy;
}

function growDays(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  page: PageToCommit,
  byDay: ByDay,
  stored: readonly (StoredDay | null)[],
): Result<{ readonly days: readonly GrownDay[]; readonly full: readonly SetAside[] }, StoreError> {
  const days: GrownDay[] = [];
  const full: SetAside[] = [];
  for (const [i, [day, readings]] of [...byDay].entries()) {
    const before = stored[i] ? decodeDay(stored[i].bytes, day) : ok(emptyDay(day));
    if (before.isErr()) return err({ kind: "stop", message: before.error.message });
    const published = publisher.publishedOf(state.record.sourceId, day, before.value.published);
    const log = append(withPublished(before.value, published), {
      readings,
      askedAt: page.askedAt,
      receivedAt: nowOf(deps.clock),
      isBackfill: page.isBackfill,
      newestBefore: state.newest,
    });
    const added = log.columns.length - before.value.columns.length;
    if (day >= state.record.openFrom.day && published < versionOf(before.value)) publisher.lookAt(state.record, day);
    if (added === 0) continue;
    const bytes = hasRoomForNames(log) ? encodeDay(log) : null;
    if (bytes === null || bytes.length > FULL_DAY_BYTES) full.push(...newVersions(before.value, log).map(asFull));
    else days.push({ log, added, addedBy: addedBy(before.value, log), put: toPut(state, log, versionOf(before.value), bytes) });
  }
  return ok({ days, full });
}

function toPut(state: SourceState, log: DayLog, expectedVersion: number, bytes: Uint8Array): DayPut {
  const { userId, sourceId } = state.record;
  return { userId, day: log.day, sourceId, version: versionOf(log), expectedVersion, bytes };
}

function asFull(reading: Reading): SetAside {
  return { reason: "day_full", detail: "The day already holds as much as a day can.", at: reading.at, record: reading };
}

/** What `after` holds and `before` did not. */
function newVersions(before: DayLog, after: DayLog): readonly Reading[] {
  const added = after.columns.length - before.columns.length;
  return Array.from({ length: added }, (_, i) => readReading(after.columns, before.columns.length + i, after.day));
}

function committed(state: SourceState, page: PageToCommit, days: readonly GrownDay[]): CommittedPage {
  const logs = days.map(({ log }) => log);
  for (const log of logs) state.lastCommitAt = laterOf(state.lastCommitAt, log.commits.at(-1)?.receivedAt ?? null);
  if (!page.isBackfill && logs.length > 0) state.lastLiveCommitAt = state.lastCommitAt;
  state.newest = laterOf(state.newest, page.readings.at(-1)?.at ?? null);
  return { added: days.reduce((sum, day) => sum + day.added, 0), logs, first: page.readings[0]?.at ?? null };
}
