import type { GrantCounters } from "../oauth/grants.ts";

/** What the simulator has seen since it began. */
export interface Counters extends GrantCounters {
  /** Requests for data and for tokens that reached it. */
  readonly calls: number;
  /** 429s because the budget of calls was used up. */
  readonly refusedOverBudget: number;
  /** The most calls of any one application within an hour, wherever that hour began. */
  readonly worstHourCalls: number;
  /** New pairs of tokens whose answer was lost on the way. */
  readonly tokenResponsesLost: number;
}

export interface Tally {
  calls: number;
  refusedOverBudget: number;
  readonly tokenResponsesLost: Map<string, number>;
}

export function createTally(): Tally {
  return { calls: 0, refusedOverBudget: 0, tokenResponsesLost: new Map() };
}
