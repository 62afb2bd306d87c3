import type { GrantCounters } from "../oauth/grants.ts";

/** What the simulator has seen of a user's grants, or of everybody's, since it began. */
export interface UserCounters extends GrantCounters {
  /** New pairs of tokens whose answer was lost on the way, or never came. */
  readonly tokenResponsesLost: number;
}

export interface Counters extends UserCounters {
  /** Requests for data and for tokens that reached it. */
  readonly calls: number;
  /** 429s because the budget of calls was used up. */
  readonly refusedOverBudget: number;
  /** The most calls of any one application within an hour, wherever that hour began. */
  readonly worstHourCalls: number;
}

export interface Tally {
  calls: number;
  refusedOverBudget: number;
  readonly tokenResponsesLost: Map<string, number>;
}

export function createTally(): Tally {
  return { calls: 0, refusedOverBudget: 0, tokenResponsesLost: new Map() };
}
