import type { DatabaseSync } from "node:sqlite";
import type { AuthorizationStore, ConnectionStore, Logger, RateLedger, ReadingStore, WorkQueue } from "@bg-ingest/core";
import { err, type Result } from "neverthrow";
import { attempt } from "./attempt.ts";
import { migrations } from "./migrations.ts";
import { attemptOpening, type SqliteStoreRefused } from "./refusal.ts";
import { createRemembered } from "./remembered.ts";
import { openServiceDatabase } from "./service-database.ts";
import { type ServiceLock, takeServiceLock } from "./service-lock.ts";
import { signService } from "./service-name.ts";
import { createSharedReads } from "./shared-reads.ts";
import { createSourceKeys } from "./source-keys.ts";
import { createSqliteAuthorizationStore } from "./sqlite-authorization-store.ts";
import { createSqliteConnectionStore } from "./sqlite-connection-store.ts";
import { createSqliteRateLedger } from "./sqlite-rate-ledger.ts";
import { createSqliteReadingStore } from "./sqlite-reading-store.ts";
import { createSqliteWorkQueue } from "./sqlite-work-queue.ts";
import { makeStoreFile, type StorePlace } from "./store-file.ts";
import { type StoreTime, systemTime } from "./store-time.ts";
import { createWriteBatcher } from "./write-batcher.ts";

export interface SqliteStore {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly authorizations: AuthorizationStore;
  readonly queue: WorkQueue;
  readonly rateLedger: RateLedger;
  /** Writes what is waiting and gives the file free. A delivery being worked on is handed out again by whoever opens it next. */
  close(): Promise<void>;
}

export interface SqliteStoreDeps {
  readonly time?: StoreTime;
  /** So many deliveries are worked on at once, each of another source; 4 by default. */
  readonly parallelDeliveries?: number;
  readonly logger?: Logger;
}

const PARALLEL_DELIVERIES = 4;

/** Opens the store for the one service that writes it, and makes it where there is none. */
export function openSqliteStore(options: StorePlace & SqliteStoreDeps): Result<SqliteStore, SqliteStoreRefused> {
  return makeStoreFile(options).andThen((file) =>
    takeServiceLock(file).andThen((lock) =>
      openServiceDatabase(file, migrations, (database) => createSqliteStore(database, options, lock)).orElse((refused) =>
        attemptOpening(file, lock.release).andThen(() => err(refused)),
      ),
    ),
  );
}

/** The ports over a connection that is open and up to date. */
export function createSqliteStore(database: DatabaseSync, deps: SqliteStoreDeps, lock?: ServiceLock): SqliteStore {
  const { time = systemTime, parallelDeliveries: parallel = PARALLEL_DELIVERIES, logger } = deps;
  signService(database, time.nowMs());
  const { read, end: endReads } = createSharedReads(database);
  const batcher = createWriteBatcher(database, time.monotonicMs, endReads);
  const keys = createSourceKeys(database);
  const remembered = createRemembered();
  // Where a reader is in the way, the log is emptied after the next erase, or when the store is closed.
  const scrub = (): void => {
    endReads();
    void attempt(() => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  };
  const authorizations = createSqliteAuthorizationStore({ database, batcher, time, scrub });
  const queue = createSqliteWorkQueue({ database, batcher, time, parallel, logger, scrub });
  return {
    readings: createSqliteReadingStore({ database, batcher, keys, read, remembered, scrub }),
    connections: createSqliteConnectionStore({ database, batcher, keys, read, remembered, scrub }),
    authorizations,
    queue,
    rateLedger: createSqliteRateLedger(database, batcher),
    close: async () => {
      queue.end();
      authorizations.end();
      batcher.drain();
      endReads();
      // All that was answered is on disk: a connection that cannot be closed has nothing left to lose.
      void attempt(() => database.close());
      void attempt(() => lock?.release());
    },
  };
}
