import { type RateLimit, USUAL_CALLS_PER_CONNECT } from "@bg-ingest/core";

/** How a provider's calls are shared out. */
export interface Shares {
  /** Calls for polls, history and all else. */
  readonly calls: number;
  /** How often somebody may connect; 0: there are not two calls that could be shared out, so connecting is a call like any other. */
  readonly connects: number;
}

/** Of a generous limit, so much is for people who connect. */
const LEAST_SHARE = 0.03;
/** Of a tight one, what so many of them need, but no more than this share. */
const ENOUGH_CONNECTS = 20;
const MOST_SHARE = 1 / 8;

/** Each share is kept to by itself, so both together are. Whatever the limit, somebody can connect and something is left to polls. */
export function sharesOf({ calls, callsPerConnect = USUAL_CALLS_PER_CONNECT }: RateLimit): Shares {
  if (calls <= 1) return { calls, connects: 0 };
  const perConnect = Math.min(callsPerConnect, calls - 1);
  const forConnects = Math.max(calls * LEAST_SHARE, Math.min(calls * MOST_SHARE, perConnect * ENOUGH_CONNECTS));
  const connects = Math.max(1, Math.floor(forConnects / perConnect));
  return { calls: calls - connects * perConnect, connects };
}
