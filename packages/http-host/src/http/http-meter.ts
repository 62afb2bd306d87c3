import type { ProblemKind } from "./problem/problem-kinds.ts";

/** Whom nobody could tell why: connections that were closed at once, and those of clients that do not read their answers. */
export type TurnedAway = "too_many_connections" | "slow_reader";

/** Hears of every request, for whoever counts. It is part of the time that each of them takes. */
export interface HttpMeter {
  /** `route` is the pattern, `null` where there is no such path. */
  answered(method: string, route: string | null, status: number, ms: number, problem: ProblemKind | null): void;
  /** What never became a request, or no whole answer. */
  turnedAway(why: ProblemKind | TurnedAway): void;
  /** How much is going on, whenever somebody asks. */
  watch(inFlight: () => InFlight): void;
}

interface InFlight {
  readonly requests: number;
  readonly connections: number;
}

export const uncounted: HttpMeter = { answered: () => {}, turnedAway: () => {}, watch: () => {} };
