import type { StoreError } from "@bg-ingest/core";

/** Primary result codes, https://www.sqlite.org/rescode.html */
const NONE = 0;
const ERROR = 1;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const PROTOCOL = 15;
const TOOBIG = 18;
const CONSTRAINT = 19;
const MISMATCH = 20;
const MISUSE = 21;
const RANGE = 25;
const NOTADB = 26;

const BUSY_RETRY_MS = 100;
const DISK_RETRY_MS = 5_000;
/** Until somebody has mended it. */
const CLOSED_RETRY_MS = 30_000;

/**
 * The one place where what SQLite throws becomes the caller's next move. No message carries a value. What is not known to be wrong for ever
 * may pass: what met it waits and is not given up.
 */
export function mapSqliteError(cause: unknown): StoreError {
  switch (primaryCodeOf(cause)) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return {
        kind: "retry",
        message: "Another program holds the store's file: nothing was done. It goes on by itself once that program lets go.",
        retryAfterMs: BUSY_RETRY_MS,
        cause,
      };
    case FULL:
      return {
        kind: "retry",
        message: "The disk that holds the store is full: nothing of this was kept. Free some space; writing then goes on by itself.",
        retryAfterMs: DISK_RETRY_MS,
        cause,
      };
    case CORRUPT:
    case NOTADB:
      return {
        kind: "stop",
        message: "The store's file is damaged: what it holds there cannot be read. Stop the service and put back a backup.",
        cause,
      };
    case READONLY:
      return {
        kind: "retry",
        message:
          "The store's file was moved, or may not be written: nothing was kept. Put it back, give the service's user the right to write it, then start again.",
        retryAfterMs: CLOSED_RETRY_MS,
        cause,
      };
    case NONE:
    case ERROR:
    case TOOBIG:
    case CONSTRAINT:
    case MISMATCH:
    case MISUSE:
    case RANGE:
      return { kind: "stop", message: "The store was closed, or this call or what is stored is wrong: repeating it cannot help.", cause };
  }
  return {
    kind: "retry",
    message: "The disk or the system under the store failed: it is unknown whether this was kept. If it goes on, look at the disk.",
    retryAfterMs: DISK_RETRY_MS,
    cause,
  };
}

/** 0 for what is no error of SQLite. */
export function primaryCodeOf(cause: unknown): number {
  if (!(cause instanceof Error) || !("errcode" in cause) || typeof cause.errcode !== "number") return NONE;
  return cause.errcode & 0xff;
}
