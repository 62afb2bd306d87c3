import { err, ok, type Result } from "neverthrow";
import { openGuarded } from "./open-guarded.ts";
import { attemptOpening, type SqliteStoreRefused } from "./refusal.ts";
import { nameService } from "./service-name.ts";
import { touchPrivate } from "./store-file.ts";

export interface ServiceLock {
  release(): void;
}

/**
 * One service per file. The lock is SQLite's own write lock on an empty database beside the store, held by an open transaction: the system
 * takes it back the moment the process dies, however it dies, and nothing stale stays. Readers of the store do not ask for it.
 */
export function takeServiceLock(file: string): Result<ServiceLock, SqliteStoreRefused> {
  const lockFile = `${file}-lock`;
  return attemptOpening(lockFile, () => touchPrivate(lockFile))
    .andThen(() =>
      openGuarded(lockFile, {}, (database) => {
        // The transaction writes nothing and is never committed; with its journal in memory it leaves no other file.
        database.exec("PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE");
        return ok({ release: () => database.close() });
      }),
    )
    .orElse((refused) => err(refused.kind === "in_use" ? inUse(file) : refused));
}

function inUse(file: string): SqliteStoreRefused {
  const who = nameService(file) ?? "another process";
  const advice = "End that one first, or give this one another DATA_DIR; whoever only reads opens the store read-only.";
  return { kind: "in_use", message: `${file} is in use by ${who}, and one service at a time may write it: nothing was opened. ${advice}` };
}
