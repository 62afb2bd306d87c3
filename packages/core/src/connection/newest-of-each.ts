import { err, ok, type Result } from "neverthrow";
import { decodeDayCommits, newestOfDay } from "../day/codec/day-codec.ts";
import type { Call } from "../ports/call.ts";
import type { ReadingStore, StoredDay } from "../ports/reading-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId, UserId } from "../reading/identifiers.ts";
import { addSeconds, type Day, type DaySpan, dayOf, type Instant, startOf } from "../reading/instant.ts";
import { isHistoryRead } from "./history-read.ts";

interface NewestOfSource {
  readonly at: Instant;
  /** When the newest commit of that day was. */
  readonly receivedAt: Instant | null;
}

/** Days before these are not looked through for a source while others may fill them. */
const RECENT_DAYS = 7;

/**
 * The newest reading of each source of one user. One that has readings has some on its `openFrom` day or later: no day is written below it, and
 * it never rises above the day before the newest. So nothing older has to be looked at, however long ago somebody was measured last; and of a
 * source that is silent, no more than the days around its `openFrom`, however many days others fill.
 */
export async function newestOfEach(
  readings: ReadingStore,
  userId: UserId,
  records: readonly SourceRecord[],
  now: Instant,
  call: Call,
): Promise<Result<ReadonlyMap<SourceId, NewestOfSource>, StoreError>> {
  const newest = new Map<SourceId, NewestOfSource>();
  const isMissing = ({ sourceId }: Pick<SourceRecord, "sourceId">) => !newest.has(sourceId);

  /** Newest day first, until nobody is missing. */
  async function look(wanted: readonly SourceRecord[], span: DaySpan): Promise<Result<void, StoreError>> {
    if (wanted.length === 0 || span.first > span.last) return ok(undefined);
    const ids = new Set(wanted.map(({ sourceId }) => sourceId));
    for await (const day of readings.days(userId, span, { order: "descending", consistency: "eventual" }, call)) {
      if (day.isErr()) return err(day.error);
      if (!ids.delete(day.value.sourceId)) continue;
      const read = newestOf(day.value);
      if (read.isErr()) return err(read.error);
      newest.set(day.value.sourceId, read.value);
      if (ids.size === 0) break;
    }
    return ok(undefined);
  }

  const lowest = Math.min(...records.map(({ openFrom }) => openFrom.day)) as Day;
  const recent = records.length === 1 ? lowest : (Math.max(lowest, dayOf(now) - RECENT_DAYS) as Day);
  const looked = await look(records, { first: recent, last: (dayOf(now) + 1) as Day });
  if (looked.isErr()) return err(looked.error);
  const silent = records.filter((record) => record.openFrom.day < recent && isMissing(record));
  const around = await aroundOpenFrom(readings, silent, call);
  if (around.isErr()) return err(around.error);
  for (const { sourceId, last } of around.value) if (last !== null) newest.set(sourceId, last);
  const left = silent.filter((record) => isMissing(record) && !around.value.some(({ sourceId }) => sourceId === record.sourceId));
  const first = Math.min(...left.map(({ openFrom }) => openFrom.day)) as Day;
  return (await look(left, { first, last: (recent - 1) as Day })).map(() => newest);
}

interface Found {
  readonly sourceId: SourceId;
  /** `null`: it never had a reading. */
  readonly last: NewestOfSource | null;
}

/**
 * Once all of a silent source has reached the bus, its newest reading is on the day after `openFrom`. Anything else shows that it has not risen
 * as far yet, as it may not while history is read: then all days from there on are looked through. But not for one that has no reading at all:
 * the first commit of a source lowers its `openFrom`, and where that rises to where it began, a reading is there.
 */
async function aroundOpenFrom(
  readings: ReadingStore,
  silent: readonly SourceRecord[],
  call: Call,
): Promise<Result<readonly Found[], StoreError>> {
  const raised = silent.filter(({ openFrom }) => openFrom.loweredAt === null);
  const keys = raised.flatMap(({ userId, sourceId, openFrom }) =>
    Array.from({ length: RECENT_DAYS + 2 }, (_, i) => ({ userId, sourceId, day: (openFrom.day + i) as Day })),
  );
  const stored = keys.length === 0 ? ok([]) : await readings.getDays(keys, call);
  if (stored.isErr()) return err(stored.error);
  const found: Found[] = [];
  for (const record of raised) {
    const { sourceId, openFrom, connectedAt } = record;
    const last = stored.value.findLast((day) => day?.sourceId === sourceId) ?? null;
    if (last === null && openFrom.day === dayOf(connectedAt) - 1) found.push({ sourceId, last });
    if (last === null || last.day !== openFrom.day + 1 || isHistoryRead(record)) continue;
    const read = newestOf(last);
    if (read.isErr()) return err(read.error);
    found.push({ sourceId, last: read.value });
  }
  return ok(found);
}

function newestOf({ bytes, day }: StoredDay): Result<NewestOfSource, StoreError> {
  const front = newestOfDay(bytes);
  if (front.isErr()) return err({ kind: "stop", message: front.error.message });
  const commits = decodeDayCommits(bytes, day).unwrapOr([]);
  return ok({ at: addSeconds(startOf(day), front.value.second), receivedAt: commits.at(-1)?.receivedAt ?? null });
}
