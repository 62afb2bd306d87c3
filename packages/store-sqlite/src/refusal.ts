import { Result } from "neverthrow";
import { primaryCodeOf } from "./map-sqlite-error.ts";

/**
 * Why a store was not opened. `in_use`: another service has it. `newer`: written by a later version of this program. `older`: a service
 * has to bring it up to date first. `not_ours`: another program's file. `damaged`: unreadable. `absent`: there is nothing to read.
 * `unavailable`: the system does not let us.
 */
export interface SqliteStoreRefused {
  readonly kind: "in_use" | "newer" | "older" | "not_ours" | "damaged" | "absent" | "unavailable";
  readonly message: string;
  readonly cause?: unknown;
}

/** Exceptions stop here while a store is being opened. */
export const attemptOpening = <T>(file: string, run: () => T): Result<T, SqliteStoreRefused> =>
  Result.fromThrowable(run, (cause) => refusalOf(file, cause))();

const BUSY = 5;
const CORRUPT = 11;
const NOTADB = 26;

function refusalOf(file: string, cause: unknown): SqliteStoreRefused {
  const detail = cause instanceof Error ? cause.message : String(cause);
  switch (primaryCodeOf(cause)) {
    case NOTADB:
      return { kind: "not_ours", message: `${file} is not a SQLite file: it was left as it is. Name another place for the store.`, cause };
    case CORRUPT:
      return { kind: "damaged", message: `${file} is damaged (${detail}): it was left as it is. Put back a backup.`, cause };
    case BUSY:
      return {
        kind: "in_use",
        message: `Another program holds ${file} (${detail}): nothing was changed. End that program, then start again.`,
        cause,
      };
  }
  const advice = "See that its directory can be written and has space left, or name another one.";
  return { kind: "unavailable", message: `${file} could not be opened (${detail}): nothing can be kept there. ${advice}`, cause };
}
