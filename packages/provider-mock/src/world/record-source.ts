import type { MockRecord } from "./mock-record.ts";

/** Where an account's records come from. Moments are seconds since the epoch, spans run from inclusive to exclusive. */
export interface RecordSource {
  /** All records of a span, shown or not yet, earliest first; the same whichever spans are asked. */
  records(account: string, from: number, to: number): readonly MockRecord[];
  /** What of an account is shown at a moment, faults aside; `null`: nothing. */
  shown(account: string, now: number): { readonly from: number; readonly to: number } | null;
}
