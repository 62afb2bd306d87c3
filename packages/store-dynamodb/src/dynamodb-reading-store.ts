import type {
  Call,
  Day,
  DayKey,
  DayPut,
  DayRead,
  DaySpan,
  PutOutcome,
  ReadingStore,
  SourceId,
  StoredDay,
  StoreError,
  UserId,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { compareAndSet, over } from "./compare-and-set.ts";
import { dayItemOf, dayKeyOf, sortKeysOf, storedDayOf } from "./day-item.ts";
import { inLanes } from "./in-lanes.ts";
import { keyIn, sortKeyIn } from "./item-keys.ts";
import { deleteItems, getItems } from "./items.ts";
import { collect, query } from "./query.ts";
import { type ItemKey, nameOf, type Table } from "./table.ts";

/** A window of a backfill goes in two rounds; one partition takes 1,000 writes a second. */
const PARALLEL_WRITES = 16;
/** Whoever reads backwards mostly wants the newest day or two. */
const FIRST_PAGE_BACKWARDS = 2;
/** A span is read at once, days that nobody asked for included, unless it has more than four days for each that somebody did. */
const SPARSE = 4;

export function createDynamoDbReadingStore(table: Table): ReadingStore {
  return {
    days: (userId, span, read, call) => daysIn(table, userId, span, read, call),
    getDays: (keys, call) => getDays(table, keys, call),
    putDays: (puts, call) => inLanes(PARALLEL_WRITES, puts, (put) => putDay(table, put, call)),
    eraseSource: (userId, sourceId, call) => eraseSource(table, userId, sourceId, call),
  };
}

async function* daysIn(
  table: Table,
  userId: UserId,
  span: DaySpan,
  { order, consistency }: DayRead,
  call: Call,
): AsyncGenerator<Result<StoredDay, StoreError>, void> {
  const keys = sortKeysOf(span);
  if (keys === null) return;
  const reading = {
    ScanIndexForward: order === "ascending",
    ConsistentRead: consistency === "strong",
    firstPage: order === "ascending" ? null : FIRST_PAGE_BACKWARDS,
  };
  for await (const item of query(table, { partition: userId, ...keys }, reading, call)) yield item.map(storedDayOf);
}

async function getDays(table: Table, keys: readonly DayKey[], call: Call): Promise<Result<readonly (StoredDay | null)[], StoreError>> {
  const span = denseSpanOf(keys);
  const found =
    span === null
      ? (await getItems(table, keys.map(dayKeyOf), call)).map((items) => items.map(storedDayOf))
      : await collect(daysIn(table, span.userId, span, { order: "ascending", consistency: "strong" }, call));
  return found.map((days) => {
    const byName = new Map(days.map((day) => [nameOf(dayKeyOf(day)), day]));
    return keys.map((key) => byName.get(nameOf(dayKeyOf(key))) ?? null);
  });
}

/** The span of days of one user that lie close together: to read it in one go costs less than to read them one by one. */
function denseSpanOf(keys: readonly DayKey[]): (DaySpan & { readonly userId: UserId }) | null {
  const [one] = keys;
  if (one === undefined || keys.some(({ userId }) => userId !== one.userId)) return null;
  const days = keys.map(({ day }) => day);
  const [first, last] = [Math.min(...days) as Day, Math.max(...days) as Day];
  return last - first < SPARSE * keys.length ? { userId: one.userId, first, last } : null;
}

async function putDay(table: Table, put: DayPut, call: Call): Promise<Result<PutOutcome, StoreError>> {
  const compared = await compareAndSet(table, dayItemOf(put), over(put.expectedVersion), call);
  if (compared.isErr()) return err(compared.error);
  if (compared.value.kind === "written") return ok({ kind: "written" });
  const { current } = compared.value;
  return ok({ kind: "conflict", current: current && storedDayOf(current) });
}

async function eraseSource(table: Table, userId: UserId, sourceId: SourceId, call: Call): Promise<Result<number, StoreError>> {
  const keys: ItemKey[] = [];
  const reading = { ConsistentRead: true, ProjectionExpression: "p, s", firstPage: null };
  for await (const item of query(table, { partition: userId, ...ALL_DAYS }, reading, call)) {
    if (item.isErr()) return err(item.error);
    if (sortKeyIn(item.value).endsWith(`/${sourceId}`)) keys.push(keyIn(item.value));
  }
  return (await deleteItems(table, keys, call)).map(() => keys.length);
}

/** Dates begin with a digit, and nothing else of a user does. */
const ALL_DAYS = { from: "0", to: "9~" };
