import type { ConnectionStore, ReadingStore, StoreError } from "@bg-ingest/core";
import { errAsync, type Result, type ResultAsync } from "neverthrow";
import { attempt } from "./attempt.ts";
import { createConnectionReader } from "./connection-reader.ts";
import { createDayReader } from "./day-reader.ts";
import { checkUpToDate, latestOf, layoutOf } from "./layout.ts";
import { migrations } from "./migrations.ts";
import { openGuarded } from "./open-guarded.ts";
import type { SqliteStoreRefused } from "./refusal.ts";
import { nothingRemembered } from "./remembered.ts";
import { createReadsAlone } from "./shared-reads.ts";
import { createSourceKeyReader } from "./source-keys.ts";
import { findStoreFile, type StorePlace } from "./store-file.ts";

/** The store as a reader has it: whatever would write, and the sealed credentials, are refused with `stop`. */
export interface ReadOnlySqliteStore {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  close(): Promise<void>;
}

/** A service that starts or stops is waited for so long. */
const BUSY_MS = 1_000;

/** Opens a store for reading, beside a running service or without one. */
export function openSqliteStoreReadOnly(place: StorePlace): Result<ReadOnlySqliteStore, SqliteStoreRefused> {
  return findStoreFile(place).andThen((file) =>
    openGuarded(file, { readOnly: true, timeout: BUSY_MS }, (database) =>
      layoutOf(database, file, latestOf(migrations))
        .andThen((version) => checkUpToDate(version, file, latestOf(migrations)))
        .map((): ReadOnlySqliteStore => {
          const keys = createSourceKeyReader(database);
          const read = createReadsAlone(database);
          const { days, getDays } = createDayReader(database, keys, read, nothingRemembered);
          return {
            readings: { days, getDays, putDays: refuse, eraseSource: refuse },
            connections: { ...refusing, ...createConnectionReader(database, keys, read, nothingRemembered) },
            close: async () => void attempt(() => database.close()),
          };
        }),
    ),
  );
}

const readOnly: StoreError = {
  kind: "stop",
  message: "This store was opened to be read: nothing was done. Let the service write, and leave credentials to it.",
};

const refuse = <T>(): ResultAsync<T, StoreError> => errAsync(readOnly);
const refusing = {
  replaceRecord: refuse,
  removeRecord: refuse,
  secretsOf: refuse,
  replaceSecrets: refuse,
  setAside: refuse,
  eraseSource: refuse,
};
