/** Time as this machine tells it. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never falls. For waiting and for deadlines. */
  monotonicMs(): number;
}
