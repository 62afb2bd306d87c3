import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { ApiKeyStore } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import { attempt } from "./attempt.ts";
import type { Migration } from "./migrations.ts";
import type { SqliteStoreRefused } from "./refusal.ts";
import { openServiceDatabase } from "./service-database.ts";
import { createSqliteApiKeyStore } from "./sqlite-api-key-store.ts";
import { makeStoreFile } from "./store-file.ts";

export interface SqliteApiKeys {
  readonly apiKeys: ApiKeyStore;
  close(): Promise<void>;
}

/** A file of its own: keys are made and revoked by a command, while the service has the store to itself. */
export const API_KEYS_FILE_NAME = "keys.sqlite";

/** Service and command wait for each other so long; either writes for a few milliseconds, and rarely. */
const BUSY_MS = 250;

/** Two processes may make the file at once, so each step can be taken twice. One that was released never changes. */
const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE IF NOT EXISTS api_keys (
        id TEXT PRIMARY KEY, digest TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, subject TEXT,
        created_at INTEGER NOT NULL, last_used_at INTEGER, revoked_at INTEGER
      ) STRICT, WITHOUT ROWID;
    `,
  },
];

/** Opens the keys in a directory, by as many processes as like, and makes the file where there is none. */
export function openSqliteApiKeys({ dataDir }: { readonly dataDir: string }): Result<SqliteApiKeys, SqliteStoreRefused> {
  return makeStoreFile({ file: join(dataDir, API_KEYS_FILE_NAME) }).andThen((file) => openServiceDatabase(file, migrations, over));
}

function over(database: DatabaseSync): SqliteApiKeys {
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  // All that was answered is on disk: a connection that cannot be closed has nothing left to lose.
  return { apiKeys: createSqliteApiKeyStore(database), close: async () => void attempt(() => database.close()) };
}
