import type { Instant } from "../reading/instant.ts";

/** Why a record did not become a reading. docs/errors.md says of each what it means and what to do. */
export type SetAsideReason =
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
  | "same_instant"
  /** The day holds 128 KiB already. */
  | "day_full"
  /** A whole webhook delivery that the provider could not make sense of. */
  | "delivery_unreadable"
  /** A webhook delivery, rightly signed, with the readings of another account of the vendor. */
  | "delivery_of_another_account"
  /** A webhook delivery, rightly signed before the source was connected anew: nobody said since whose account that is. */
  | "delivery_before_reconnect";

export interface SetAside {
  readonly reason: SetAsideReason;
  readonly detail: string;
  readonly at: Instant | null;
  readonly record: unknown;
}
