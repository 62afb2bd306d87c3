import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSqliteStore, type SqliteStore, type SqliteStoreDeps, STORE_FILE_NAME } from "../src/index.ts";

export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "bg-ingest-store-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function openIn(dataDir: string, deps: SqliteStoreDeps = {}): SqliteStore {
  const opened = openSqliteStore({ dataDir, ...deps });
  if (opened.isErr()) throw new Error(opened.error.message);
  return opened.value;
}

/** The files as they stand at this moment, as if the process that has them open had died now. */
export function copyOfFiles(dataDir: string): string {
  const copy = temporaryDir();
  for (const name of [STORE_FILE_NAME, `${STORE_FILE_NAME}-wal`]) {
    if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(copy, name));
  }
  return copy;
}
