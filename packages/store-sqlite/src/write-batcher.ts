import type { DatabaseSync } from "node:sqlite";
import type { Call, StoreError } from "@bg-ingest/core";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { attempt, cancelled } from "./attempt.ts";

/** A job may be run more than once before it is answered, so it does nothing but read and write the database. */
export interface WriteBatcher {
  /** Resolves once what `run` wrote is on disk; after an `Err` it wrote nothing, or it is unknown. */
  write<T>(run: () => T, call: Call): ResultAsync<T, StoreError>;
  /** Writes all that is waiting, now. */
  drain(): void;
}

interface Job {
  readonly run: () => void;
  readonly answer: (outcome: Result<void, StoreError>) => void;
}

/** A batch goes on taking jobs for so long; then it commits, and the event loop gets a turn. */
const BATCH_MS = 8;

/**
 * All writes issued in one turn of the event loop share one transaction, hence one wait for the disk. They are applied in the order issued,
 * and each outcome is the one it would have had alone: a job that fails takes the batch back, which is then repeated job by job.
 */
export function createWriteBatcher(
  database: Pick<DatabaseSync, "prepare" | "isTransaction">,
  monotonicMs: () => number,
  endReads: () => void,
): WriteBatcher {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const jobs: Job[] = [];
  /** So many of the jobs in front are repeated one by one. */
  let alone = 0;
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled || jobs.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      turn();
      schedule();
    });
  };

  const turn = (): void => {
    let ran = 0;
    let isApplied = false;
    const untilMs = monotonicMs() + BATCH_MS;
    endReads();
    const outcome = attempt(() => {
      begin.run();
      do jobs[ran++]?.run();
      while (ran < jobs.length && alone === 0 && monotonicMs() < untilMs);
      isApplied = true;
      commit.run();
    }).orElse((error) => attempt(() => void (ran > 0 && database.isTransaction && rollback.run())).andThen(() => err(error)));
    if (outcome.isErr() && !isApplied && ran > 1) {
      alone = ran;
      return;
    }
    alone = Math.max(0, alone - ran);
    // A transaction that could not begin is nobody's in particular: all that wait are told.
    for (const job of jobs.splice(0, ran === 0 ? jobs.length : ran)) job.answer(outcome);
  };

  return {
    write: (run, call) =>
      new ResultAsync(
        new Promise((resolve) => {
          jobs.push(jobOf(run, call, resolve));
          schedule();
        }),
      ),
    drain: () => {
      while (jobs.length > 0) turn();
    },
  };
}

function jobOf<T>(run: () => T, { signal }: Call, resolve: (answer: Result<T, StoreError>) => void): Job {
  let value: Result<T, StoreError> = err(cancelled);
  return {
    run: () => {
      value = signal.aborted ? err(cancelled) : ok(run());
    },
    answer: (outcome) => resolve(outcome.andThen(() => value)),
  };
}
