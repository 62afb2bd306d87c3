import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { err, type Result } from "neverthrow";
import { attemptOpening, type SqliteStoreRefused } from "./refusal.ts";

/** Opens a database, and closes it again if what `use` tries with it fails. */
export function openGuarded<T>(
  file: string,
  options: DatabaseSyncOptions,
  use: (database: DatabaseSync) => Result<T, SqliteStoreRefused>,
): Result<T, SqliteStoreRefused> {
  return attemptOpening(file, () => new DatabaseSync(file, options)).andThen((database) =>
    attemptOpening(file, () => use(database))
      .andThen((used) => used)
      .orElse((refused) => attemptOpening(file, () => database.close()).andThen(() => err(refused))),
  );
}
