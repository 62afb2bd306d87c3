import type { DatabaseSync } from "node:sqlite";
import { attempt } from "./attempt.ts";

/** Runs a read of the database. */
export type Read = <T>(run: () => T) => T;

/** Each read in a transaction of its own: another process may write at any moment, between two questions of one read as well. */
export function createReadsAlone(database: DatabaseSync): Read {
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  return (run) => {
    begin.run();
    try {
      return run();
    } finally {
      // An error may have ended it already.
      if (database.isTransaction) commit.run();
    }
  };
}

export interface SharedReads {
  readonly read: Read;
  /** To be called before anything that begins a transaction, or that needs there to be none. */
  end(): void;
}

/**
 * All reads of one turn of the event loop share one transaction: to take SQLite's locks and give them back takes longer than most reads.
 * They miss nothing, for nobody else writes this file, and it ends before we write.
 */
export function createSharedReads(database: DatabaseSync): SharedReads {
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  let isOpen = false;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    // An error may have ended it already.
    void attempt(() => void (database.isTransaction && commit.run()));
  };
  return {
    read(run) {
      if (!database.isTransaction) {
        begin.run();
        isOpen = true;
        setImmediate(end);
      }
      return run();
    },
    end,
  };
}
