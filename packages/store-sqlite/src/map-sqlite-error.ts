import type { StoreError } from "@bg-ingest/core";

/** Primary result codes, https://www.sqlite.org/rescode.html */
const NOMEM = 7;
const READONLY = 8;
const INTERRUPT = 9;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const BUSY = 5;
const LOCKED = 6;
const NOTADB = 26;

const BUSY_RETRY_MS = 100;
const DISK_RETRY_MS = 5_000;

/** The one place where what SQLite throws becomes the caller's next move. No message carries a value. */
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
    case IOERR:
    case CANTOPEN:
    case NOMEM:
    case INTERRUPT:
      return {
        kind: "retry",
        message: "The disk or the system under the store failed: it is unknown whether this was kept. If it goes on, look at the disk.",
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
        kind: "stop",
        message: "The store's file may not be written: nothing was kept. Give the service's user the right to write it, then start again.",
        cause,
      };
  }
  return { kind: "stop", message: "The store was closed, or this call or what is stored is wrong: repeating it cannot help.", cause };
}

/** 0 for what is no error of SQLite. */
export function primaryCodeOf(cause: unknown): number {
  if (!(cause instanceof Error) || !("errcode" in cause) || typeof cause.errcode !== "number") return 0;
  return cause.errcode & 0xff;
}
