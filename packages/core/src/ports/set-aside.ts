import type { RefusalReason, RefusedRecord } from "../normalize/refused-record.ts";

/** Why something is kept aside. docs/errors.md says of each what it means and what to do. */
export type SetAsideReason =
  | RefusalReason
  /** The day holds 128 KiB already. */
  | "day_full"
  /** A whole webhook delivery that the provider could not make sense of. */
  | "delivery_unreadable"
  /** A webhook delivery, rightly signed, with the readings of another account of the vendor. */
  | "delivery_of_another_account"
  /** A webhook delivery, rightly signed before the source was connected anew: nobody said since whose account that is. */
  | "delivery_before_reconnect";

/** What is kept aside, with its reason: a record, or a whole delivery. */
export interface SetAside extends Omit<RefusedRecord, "reason"> {
  readonly reason: SetAsideReason;
}
