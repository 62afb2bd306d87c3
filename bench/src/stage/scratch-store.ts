import { openSqliteStore, type SqliteStore, type SqliteStoreDeps } from "@bg-ingest/store-sqlite";

/** The store that the service uses, as it uses it. */
export function openScratchStore(dataDir: string, deps: SqliteStoreDeps = {}): SqliteStore {
  const opened = openSqliteStore({ dataDir, ...deps });
  if (opened.isErr()) throw new Error(opened.error.message);
  return opened.value;
}
