import type { DatabaseSync } from "node:sqlite";
import type { DayPut, PutOutcome, ReadingStore } from "@bg-ingest/core";
import { dayIdOf, dayIdsOf } from "./day-id.ts";
import { createDayReader } from "./day-reader.ts";
import type { Remembered } from "./remembered.ts";
import type { Read } from "./shared-reads.ts";
import type { SourceKeys } from "./source-keys.ts";
import type { WriteBatcher } from "./write-batcher.ts";

export interface ReadingStoreDeps {
  readonly database: DatabaseSync;
  readonly batcher: WriteBatcher;
  readonly keys: SourceKeys;
  readonly read: Read;
  readonly remembered: Remembered;
  /** Called after an erase: what the write-ahead log still holds of it is to go. */
  readonly scrub: () => void;
}

export function createSqliteReadingStore({ database, batcher, keys, read, remembered, scrub }: ReadingStoreDeps): ReadingStore {
  const { find, days, getDays } = createDayReader(database, keys, read, remembered);
  const insert = database.prepare("INSERT INTO days (id, version, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const update = database.prepare("UPDATE days SET version = ?, bytes = ? WHERE id = ? AND version = ?");
  const erase = database.prepare("DELETE FROM days WHERE id BETWEEN :first AND :last");

  const put = (next: DayPut): PutOutcome => {
    remembered.forget(next.userId);
    const key = next.expectedVersion === 0 ? keys.make(next) : keys.find(next);
    return key !== null && write(dayIdOf(key, next.day), next) ? { kind: "written" } : { kind: "conflict", current: find(next) };
  };
  const write = (id: number, { version, expectedVersion, bytes }: DayPut): boolean => {
    const { changes } = expectedVersion === 0 ? insert.run(id, version, bytes) : update.run(version, bytes, id, expectedVersion);
    return changes === 1;
  };

  return {
    days,
    getDays,
    putDays: (puts, call) => batcher.write<readonly PutOutcome[]>(() => puts.map(put), call),
    eraseSource: (userId, sourceId, call) =>
      batcher
        .write(() => {
          remembered.forget(userId);
          const key = keys.find({ userId, sourceId });
          if (key === null) return 0;
          const { changes } = erase.run({ ...dayIdsOf(key) });
          keys.forgetUnused(key);
          return Number(changes);
        }, call)
        .andTee(scrub),
  };
}
