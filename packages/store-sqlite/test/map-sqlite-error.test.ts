import { renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { attempt } from "../src/attempt.ts";
import { mapSqliteError } from "../src/map-sqlite-error.ts";
import { temporaryDir } from "./temporary-store.ts";

/** Each makes SQLite itself fail. */
const situations: readonly [name: string, kind: "retry" | "stop", fail: (file: string) => unknown][] = [
  [
    "another program holds the file",
    "retry",
    (file) => {
      new DatabaseSync(file).exec("BEGIN EXCLUSIVE");
      new DatabaseSync(file).exec("BEGIN IMMEDIATE");
    },
  ],
  [
    "the disk is full",
    "retry",
    (file) => {
      const database = new DatabaseSync(file);
      database.exec("PRAGMA max_page_count = 3; INSERT INTO notes VALUES (1, zeroblob(100000))");
    },
  ],
  ["the directory is gone", "retry", (file) => new DatabaseSync(`${file}/none/x`)],
  ["the file may not be written", "retry", (file) => new DatabaseSync(file, { readOnly: true }).exec("INSERT INTO notes VALUES (1, NULL)")],
  [
    "the file was moved",
    "retry",
    (file) => {
      const database = new DatabaseSync(file);
      database.exec("SELECT * FROM notes");
      renameSync(file, `${file}-moved`);
      database.exec("INSERT INTO notes VALUES (1, NULL)");
    },
  ],
  ["a rule of the table is broken", "stop", (file) => new DatabaseSync(file).exec("INSERT INTO notes VALUES (1, 'text')")],
  ["the statement is wrong", "stop", (file) => new DatabaseSync(file).exec("SELECT * FROM nowhere")],
  [
    "the store was closed",
    "stop",
    (file) => {
      const database = new DatabaseSync(file);
      const statement = database.prepare("SELECT 1");
      database.close();
      statement.get();
    },
  ],
  ["what is stored is no record", "stop", () => JSON.parse('{"userId":')],
];

describe("what SQLite throws becomes the caller's next move", () => {
  it.each(situations)("%s: %s", (_, kind, fail) => {
    const file = join(temporaryDir(), "notes.sqlite");
    new DatabaseSync(file).exec("CREATE TABLE notes (n INTEGER PRIMARY KEY, note BLOB) STRICT");
    const error = attempt(() => fail(file))._unsafeUnwrapErr();
    expect(error.kind).toBe(kind);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.message).toMatch(/^[A-Z].+: .+\.?$/);
  });

  /** https://www.sqlite.org/rescode.html: PERM, ABORT, NOMEM, INTERRUPT, IOERR_FSYNC, CANTOPEN, SCHEMA, NOLFS, AUTH, and one of a later SQLite. */
  it.each([3, 4, 7, 9, 1_034, 14, 17, 22, 23, 99])("code %i, which says nothing of the call, may pass", (errcode) => {
    expect(mapSqliteError(Object.assign(new Error("canary"), { errcode }))).toMatchObject({ kind: "retry", retryAfterMs: 5_000 });
  });
});
