import type { Result } from "neverthrow";
import type { AccessRefused, CallBy } from "../access/caller.ts";
import type { Details, Timeline } from "../day/columns.ts";
import type { LoggedCommit } from "../day/day-log.ts";
import type { AsyncResult } from "../ports/call.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { Mgdl } from "../reading/glucose.ts";
import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import type { Day, Instant, Span } from "../reading/instant.ts";
import type { Reading } from "../reading/reading.ts";

/** Which readings are meant. */
export interface Selection {
  /** `canonical`: near-duplicate/1, then source-priority/1. `all`: every source's current reading of every instant. */
  readonly view: "canonical" | "all";
  /** Only this source; source-priority does not apply then. */
  readonly sourceId: SourceId | null;
  /** What was known then; `null`: what is known now. */
  readonly asOf: Instant | null;
}

export interface SeriesSource {
  readonly sourceId: SourceId;
  readonly provider: ProviderName;
}

/**
 * Neighbouring readings of one source and one day, ascending: `versions` are indices into the columns. Only instants and values are
 * decoded at first; `details` and `commits` decode the rest when somebody asks.
 */
export interface SeriesRun {
  readonly source: SeriesSource;
  readonly day: Day;
  readonly timeline: Timeline;
  readonly versions: Int32Array;
  details(): Details;
  commits(): readonly LoggedCommit[];
}

/** The readings of a span. Everything stored has been read; decoding happens as `runs` is walked. */
export interface Series {
  /** Equal for two series exactly if the same selection of the same stored days made them. */
  readonly fingerprint: string;
  /** Ascending in time, run after run. An `Err` is always the last item. */
  readonly runs: Iterable<Result<SeriesRun, StoreError>>;
}

/** A reading together with where it came from. */
export interface SourcedReading {
  readonly reading: Reading;
  readonly source: SeriesSource;
  readonly receivedAt: Instant;
  /** How many versions of this instant came before. */
  readonly revision: number;
}

/** The front of a stored day tells the newest instant and value at no cost; `complete` decodes the rest when somebody asks. */
export interface LatestReading {
  readonly at: Instant;
  readonly mgdl: Mgdl;
  readonly source: SeriesSource;
  complete(): Result<SourcedReading, StoreError>;
}

/** `unknown_user`: nobody of that id was ever connected. `unknown_source`: the user has no such source. */
export type QueryError = StoreError | AccessRefused | { readonly kind: "unknown_user" } | { readonly kind: "unknown_source" };

export interface ReadingQueries {
  /** The reading with the greatest instant, `null` if there is none. */
  latest(userId: UserId, selection: Selection, call: CallBy): AsyncResult<LatestReading | null, QueryError>;
  range(userId: UserId, span: Span, selection: Selection, call: CallBy): AsyncResult<Series, QueryError>;
}
