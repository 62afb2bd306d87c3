import type { DatabaseSync } from "node:sqlite";
import type { ConnectionStore, ScheduleEntry, SourceRecord, UserId } from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import { answer, attempt, cancelled } from "./attempt.ts";
import type { Remembered } from "./remembered.ts";
import { createSetAsideReader } from "./set-aside-reader.ts";
import type { Read } from "./shared-reads.ts";
import type { SourceKeyReader } from "./source-keys.ts";

export type ConnectionReader = Pick<ConnectionStore, "recordsOf" | "schedule" | "setAsideOf" | "countSetAside">;

const SCHEDULE_PAGE = 256;

export function createConnectionReader(
  database: DatabaseSync,
  keys: SourceKeyReader,
  read: Read,
  remembered: Remembered,
): ConnectionReader {
  const records = database.prepare("SELECT record FROM connections WHERE user = ? ORDER BY provider");
  const page = database.prepare(`
    SELECT user AS userId, provider, source AS sourceId, phase, phase_since AS phaseSince FROM connections
    WHERE shard = :shard AND (source, user, provider) > (:sourceId, :userId, :provider)
    ORDER BY source, user, provider LIMIT ${SCHEDULE_PAGE}`);

  const pageAfter = (shard: number, { sourceId, userId, provider }: Pick<ScheduleEntry, "sourceId" | "userId" | "provider">) =>
    page.all({ shard, sourceId, userId, provider }) as unknown as readonly ScheduleEntry[];

  const recordsOf = (userId: UserId): readonly SourceRecord[] => {
    const known = remembered.of(userId);
    known.records ??= Object.freeze(read(() => records.all(userId)).map(({ record }) => frozenRecord(String(record))));
    return known.records;
  };

  return {
    ...createSetAsideReader(database, keys, read),
    recordsOf: (userId, call) => answer(call, () => recordsOf(userId)),
    async *schedule(shard, { signal }) {
      let entries: readonly ScheduleEntry[] = [];
      let last = { sourceId: "", userId: "", provider: "" } as ScheduleEntry;
      do {
        if (signal.aborted) return yield err(cancelled);
        const read = attempt(() => pageAfter(shard, last));
        if (read.isErr()) return yield err(read.error);
        entries = read.value;
        last = entries.at(-1) ?? last;
        for (const entry of entries) yield ok({ ...entry });
      } while (entries.length === SCHEDULE_PAGE);
    },
  };
}

/** Nobody can change what others will be told. */
const frozenRecord = (json: string): SourceRecord => frozen(JSON.parse(json) as SourceRecord);

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
