import type { Call, CallBy, Caller } from "@bg-ingest/core";

/** Gives calls a signal that ends them after a while. */
export interface Deadlines {
  /** For what is asked now: aborted after `seconds`, or up to a second later. */
  call(): Call;
  /** The same, of somebody. */
  callBy(caller: Caller): CallBy;
}

const SHARED_FOR_MS = 1_000;

/** Calls that begin in the same second share a signal and a timer: one each would cost more than the answer of a cheap call. */
export function createDeadlines(seconds: number, clock: { monotonicMs(): number }): Deadlines {
  let call: Call | null = null;
  let sharedUntilMs = 0;
  const shared = (): Call => {
    const nowMs = clock.monotonicMs();
    if (call === null || nowMs >= sharedUntilMs || call.signal.aborted) {
      call = { signal: AbortSignal.timeout(seconds * 1000 + SHARED_FOR_MS) };
      sharedUntilMs = nowMs + SHARED_FOR_MS;
    }
    return call;
  };
  return { call: shared, callBy: (caller) => ({ signal: shared().signal, caller }) };
}
