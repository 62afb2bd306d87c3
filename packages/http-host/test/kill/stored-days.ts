import {
  type Call,
  type ConnectionStore,
  type DayLog,
  decodeDay,
  formatDay,
  type ReadingStore,
  SHARD_COUNT,
  type SourceRecord,
  type UserId,
  versionOf,
} from "@bg-ingest/core";
import { openSqliteStoreReadOnly } from "@bg-ingest/store-sqlite";

export interface StoredSource {
  readonly record: SourceRecord;
  readonly logs: readonly DayLog[];
}

const call: Call = { signal: new AbortController().signal };
const ALL_DAYS = { first: 0, last: 100_000 } as never;

interface ReadableStore {
  readonly readings: Pick<ReadingStore, "days">;
  readonly connections: Pick<ConnectionStore, "recordsOf" | "schedule">;
}

/** Everything that an SQLite store holds, as somebody beside the service sees it. */
export async function readStore(dataDir: string): Promise<readonly StoredSource[]> {
  const opened = openSqliteStoreReadOnly({ dataDir });
  if (opened.isErr()) return [];
  const sources = await readSources(opened.value);
  await opened.value.close();
  return sources;
}

export async function readSources(store: ReadableStore): Promise<readonly StoredSource[]> {
  const sources: StoredSource[] = [];
  for (const userId of await usersOf(store)) {
    const records = (await store.connections.recordsOf(userId, call))._unsafeUnwrap();
    const logs: (DayLog & { sourceId: string })[] = [];
    for await (const day of store.readings.days(userId, ALL_DAYS, { order: "ascending", consistency: "strong" }, call)) {
      const stored = day._unsafeUnwrap();
      logs.push({ ...decodeDay(stored.bytes, stored.day)._unsafeUnwrap(), sourceId: stored.sourceId });
    }
    for (const record of records) sources.push({ record, logs: logs.filter(({ sourceId }) => sourceId === record.sourceId) });
  }
  return sources;
}

async function usersOf(store: ReadableStore): Promise<ReadonlySet<UserId>> {
  const users = new Set<UserId>();
  for (let shard = 0; shard < SHARD_COUNT; shard++) {
    for await (const entry of store.connections.schedule(shard, call)) users.add(entry._unsafeUnwrap().userId);
  }
  return users;
}

/** The ids of the events that a source's commits have to have. */
export function eventIdsOf({ record, logs }: StoredSource): readonly string[] {
  return logs.flatMap((log) => log.commits.map((_, index) => `${record.sourceId}/${formatDay(log.day)}/${index + 1}`));
}

/** Commits that whoever takes over may publish once more: those of open days above what the day says is published. */
export function repeatable({ record, logs }: StoredSource): number {
  const open = logs.filter((log) => log.day >= record.openFrom.day);
  return open.reduce((sum, log) => sum + versionOf(log) - log.published, 0);
}
