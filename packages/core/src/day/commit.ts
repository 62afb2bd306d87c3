import type { Instant } from "../reading/instant.ts";

/**
 * How the readings of a commit came. `backfill`: a backfill brought them. `revision`: their instants were known. `late`: older than the
 * newest of their source. `live`: all others. Order is part of the day codec: append only.
 */
export const ARRIVALS = ["live", "late", "revision", "backfill"] as const;

export type Arrival = (typeof ARRIVALS)[number];

/** What one page added to one day. Its version is its place in the log, from 1. */
export interface Commit {
  /** When it was committed; never falls within a day. */
  readonly receivedAt: Instant;
  /** When the request that brought it was sent; for a delivery, when it was signed. */
  readonly askedAt: Instant;
  readonly arrival: Arrival;
}
