import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SqliteStore } from "@bg-ingest/store-sqlite";
import type { Result } from "neverthrow";
import type { EngineDeps, EnginesRefused } from "./engines.ts";

/** A delivery waits while its source is being polled; so many sources may hang before somebody else's delivery waits too. */
const PARALLEL_DELIVERIES = 32;

/** `isNew`: there was no file before. */
export interface OpenedSqlite extends SqliteStore {
  readonly isNew: boolean;
}

export async function openSqlite({ settings, time, logger }: EngineDeps): Promise<Result<OpenedSqlite, EnginesRefused>> {
  const { openSqliteStore, STORE_FILE_NAME } = await import("@bg-ingest/store-sqlite");
  const { dataDir } = settings;
  const isNew = !existsSync(join(dataDir, STORE_FILE_NAME));
  const opened = openSqliteStore({ dataDir, time, logger, parallelDeliveries: PARALLEL_DELIVERIES });
  return opened.map((store) => ({ ...store, isNew }));
}
