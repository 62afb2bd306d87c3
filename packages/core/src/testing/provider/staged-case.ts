import type { Situation } from "../world/situation.ts";
import type { Stage } from "./stage.ts";

/** One promise, and the vendor before which it is tried. */
export interface StagedCase {
  readonly situation: Situation;
  readonly run: (stage: Stage) => Promise<void>;
}

export type StagedCases = Readonly<Record<string, StagedCase>>;

export function before(situation: Situation, run: (stage: Stage) => Promise<void>): StagedCase {
  return { situation, run };
}
