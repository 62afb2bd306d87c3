import type { Finding } from "./finding.ts";

/** One subject of measurement; what it finds fills one or more rows of the table. */
export interface Figure {
  readonly name: string;
  measure(effort: Effort): Promise<readonly Found[] | NotMeasured>;
}

/** In whole sentences why not, and what to do. */
export interface NotMeasured {
  readonly leftOut: string;
}

export type Found = Omit<Finding, "figure">;

/** How much is done to be sure. */
export interface Effort {
  /** A first look: fewer rounds, fewer people. Its values decide nothing. */
  readonly isQuick: boolean;
  /** Kills of the crash loop, about; 0: it does not run. */
  readonly loops: number;
}
