import type { DatabaseSync } from "node:sqlite";
import type { DayKey, DayRead, ReadingStore, StoredDay, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { answer, attempt, cancelled } from "./attempt.ts";
import { createDayCursors, type DayCursor } from "./day-cursor.ts";
import { dayIdOf } from "./day-id.ts";
import { newestWithin, type Remembered } from "./remembered.ts";
import type { Read } from "./shared-reads.ts";
import type { SourceKeyReader } from "./source-keys.ts";

export interface DayReader extends Pick<ReadingStore, "days" | "getDays"> {
  find(key: DayKey): StoredDay | null;
}

export function createDayReader(database: DatabaseSync, keys: SourceKeyReader, read: Read, remembered: Remembered): DayReader {
  const one = database.prepare("SELECT version, bytes FROM days WHERE id = ?");
  const openCursor = createDayCursors(database);

  const find = ({ userId, day, sourceId }: DayKey): StoredDay | null => {
    const key = keys.find({ userId, sourceId });
    const row = key === null ? undefined : (one.get(dayIdOf(key, day)) as Pick<StoredDay, "version" | "bytes"> | undefined);
    return row === undefined ? null : { userId, day, sourceId, version: row.version, bytes: row.bytes };
  };

  return {
    find,
    getDays: (wanted, call) => answer<readonly (StoredDay | null)[]>(call, () => read(() => wanted.map(find))),
    async *days(userId, span, { order }, { signal }) {
      const known = order === "descending" ? remembered.of(userId) : {};
      const newest = newestWithin(known, span);
      if (newest !== undefined && !signal.aborted) yield ok(newest);
      let isNewest = newest === undefined;
      const opened = attempt(() => read(() => keys.ofUser(userId)).map((source) => openCursor(userId, source, span, order)));
      if (opened.isErr()) return yield err(opened.error);
      while (!signal.aborted) {
        const next = await nextOf(opened.value, order, read);
        if (next === undefined) return;
        // Whoever goes on may find that the newest was written meanwhile; it is theirs already.
        if (next.isOk() && newest !== undefined && !isBefore(next.value, newest)) continue;
        if (isNewest && next.isOk()) known.newest = { stored: { ...next.value, bytes: next.value.bytes.slice() }, upTo: span.last };
        isNewest = false;
        yield next;
        if (next.isErr()) return;
      }
      yield err(cancelled);
    },
  };
}

/** The next day of all sources together; `undefined` after the last. */
async function nextOf(
  cursors: readonly DayCursor[],
  order: DayRead["order"],
  read: Read,
): Promise<Result<StoredDay, StoreError> | undefined> {
  for (const cursor of cursors) {
    const state = cursor.state();
    if (state === "open") continue;
    // Between two pages others get a turn.
    if (state === "drained") await new Promise((resolve) => setImmediate(resolve));
    const refilled = attempt(() => read(cursor.refill));
    if (refilled.isErr()) return err(refilled.error);
  }
  const first = firstOf(cursors, order);
  const day = first?.head();
  first?.take();
  return day && ok(day);
}

function firstOf(cursors: readonly DayCursor[], order: DayRead["order"]): DayCursor | undefined {
  let first: DayCursor | undefined;
  for (const cursor of cursors) {
    const [day, best] = [cursor.head(), first?.head()];
    if (day !== undefined && (best === undefined || isBefore(day, best) === (order === "ascending"))) first = cursor;
  }
  return first;
}

const isBefore = (a: StoredDay, b: StoredDay): boolean => a.day < b.day || (a.day === b.day && a.sourceId < b.sourceId);
