import type { Call, StoreError } from "@bg-ingest/core";
import { err, Result, ResultAsync } from "neverthrow";
import { mapSqliteError } from "./map-sqlite-error.ts";

/** Exceptions stop here. */
export const attempt = <T>(run: () => T): Result<T, StoreError> => Result.fromThrowable(run, mapSqliteError)();

/** A read, which SQLite answers at once. */
export function answer<T>(call: Call, read: () => T): ResultAsync<T, StoreError> {
  return new ResultAsync(Promise.resolve(call.signal.aborted ? err(cancelled) : attempt(read)));
}

/** For what nobody waits for. */
export const uncancelled: Call = { signal: new AbortController().signal };

export const cancelled: StoreError = { kind: "retry", message: "The call was cancelled before it began: nothing was done. Call again." };
