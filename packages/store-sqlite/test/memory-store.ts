import { DatabaseSync } from "node:sqlite";
import { migrate } from "../src/layout.ts";
import { migrations } from "../src/migrations.ts";
import { createSqliteStore, type SqliteStore, type SqliteStoreDeps } from "../src/open-sqlite-store.ts";

/** A store without a file: for questions that no disk has a say in. */
export function memoryStore(deps: SqliteStoreDeps = {}): { readonly database: DatabaseSync; readonly store: SqliteStore } {
  const database = new DatabaseSync(":memory:");
  migrate(database, 0, migrations);
  return { database, store: createSqliteStore(database, deps) };
}
