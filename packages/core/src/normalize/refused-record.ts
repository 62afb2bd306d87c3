import type { Instant } from "../reading/instant.ts";

/** Why a record did not become a reading. docs/errors.md says of each what it means and what to do. */
export type RefusalReason =
  /** The provider could not make sense of it. */
  | "unreadable_record"
  /** The vendor said that the sensor had no value. */
  | "sensor_error"
  | "glucose_missing"
  | "glucose_out_of_range"
  | "time_unreadable"
  | "time_without_zone"
  /** More than ten minutes ahead; accepted when a later answer brings it again in its time. */
  | "in_the_future"
  /** Another reading of the same page and instant says something else and stands. */
  | "same_instant";

export interface RefusedRecord {
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly at: Instant | null;
  readonly record: unknown;
}
