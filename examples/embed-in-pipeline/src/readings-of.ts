import { type Instant, type Reading, readReading, type Series, type SeriesRun } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";

/** A reading with all that is known of it. */
export interface FullReading extends Reading {
  readonly provider: string;
  /** When the service had it. */
  readonly receivedAt: Instant;
}

/** One object for each reading, made as it is asked for. */
export function* readingsOf(series: Series): Generator<Result<FullReading, string>, void> {
  for (const run of series.runs) {
    if (run.isErr()) return yield err(run.error.message);
    const { day, timeline, versions, source } = run.value;
    const columns = { ...timeline, ...run.value.details() };
    const receivedAt = receivedAtOf(run.value);
    for (const version of versions) {
      yield ok({ ...readReading(columns, version, day), provider: source.provider, receivedAt: receivedAt(version) });
    }
  }
}

/** A commit holds the versions before its `end` and after that of the one before. */
export function receivedAtOf(run: SeriesRun): (version: number) => Instant {
  const commits = run.commits();
  return (version) => commits.find(({ end }) => version < end)?.receivedAt as Instant;
}
