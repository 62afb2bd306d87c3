import type { DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "neverthrow";
import type { Migration } from "./migrations.ts";
import type { SqliteStoreRefused } from "./refusal.ts";

/** "BGIN": tells our files from those of other programs. */
const APPLICATION_ID = 0x4247494e;

/** The version of a file's layout, 0 for an empty file; refused where it is not ours or was written by a later version of this program. */
export function layoutOf(database: DatabaseSync, file: string, latest: number): Result<number, SqliteStoreRefused> {
  const applicationId = numberFrom(database, "PRAGMA application_id");
  const version = numberFrom(database, "PRAGMA user_version");
  const isEmpty = applicationId === 0 && version === 0 && numberFrom(database, "SELECT count(*) FROM sqlite_schema") === 0;
  if (isEmpty) return ok(0);
  if (applicationId !== APPLICATION_ID) {
    return err({
      kind: "not_ours",
      message: `${file} belongs to another program: it was left as it is. Name another place for the store.`,
    });
  }
  if (version > latest) {
    const versions = `it has layout ${version}, and this version knows layouts up to ${latest}`;
    const advice = "Start the newer version again, or put back a backup from before it.";
    return err({
      kind: "newer",
      message: `${file} was written by a newer version of this program: ${versions}. It was left as it is. ${advice}`,
    });
  }
  return ok(version);
}

/** Whoever only reads cannot bring a file up to date. */
export function checkUpToDate(version: number, file: string, latest: number): Result<void, SqliteStoreRefused> {
  if (version === latest) return ok();
  if (version === 0) return err({ kind: "absent", message: `${file} is empty: there is nothing to read yet. Start the service once.` });
  const versions = `it has layout ${version}, and this version reads layout ${latest}`;
  const advice = "Start the service of this version once: it brings the file up to date.";
  return err({ kind: "older", message: `${file} was written by an older version of this program: ${versions}. ${advice}` });
}

/** Brings a file up to date, each step wholly or not at all. */
export function migrate(database: DatabaseSync, from: number, migrations: readonly Migration[]): void {
  for (const { version, sql } of migrations.filter((migration) => migration.version > from)) {
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}; COMMIT`);
  }
}

export function latestOf(migrations: readonly Migration[]): number {
  return Math.max(0, ...migrations.map(({ version }) => version));
}

function numberFrom(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}
