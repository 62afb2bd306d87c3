import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, type Result } from "neverthrow";
import { attemptOpening, type SqliteStoreRefused } from "./refusal.ts";

/** Where a store stands: in a directory, under its usual name, or in a file of any name. */
export type StorePlace = { readonly dataDir: string } | { readonly file: string };

export const STORE_FILE_NAME = "bg-ingest.sqlite";

const OWNER_ONLY_DIR = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** The file's one true path. It and its directory are made where they do not exist, for their owner alone; what exists keeps its rights. */
export function makeStoreFile(place: StorePlace): Result<string, SqliteStoreRefused> {
  const file = pathOf(place);
  return attemptOpening(file, () => {
    mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY_DIR });
    touchPrivate(file);
    return realpathSync(file);
  });
}

export function findStoreFile(place: StorePlace): Result<string, SqliteStoreRefused> {
  const file = pathOf(place);
  if (existsSync(file)) return attemptOpening(file, () => realpathSync(file));
  return err({
    kind: "absent",
    message: `There is no store at ${file}: nothing was opened. Start the service once, or name its directory.`,
  });
}

/**
 * Makes an empty file where there is none. One that exists is not opened: closing a second handle of a file would drop every lock that SQLite
 * holds on it in this process (POSIX).
 */
export function touchPrivate(file: string): void {
  if (!existsSync(file)) closeSync(openSync(file, "a", OWNER_ONLY_FILE));
}

function pathOf(place: StorePlace): string {
  return "dataDir" in place ? join(place.dataDir, STORE_FILE_NAME) : place.file;
}
