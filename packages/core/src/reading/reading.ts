import type { GlucoseUnit, Mgdl } from "./glucose.ts";
import type { Instant } from "./instant.ts";
import type { Trend } from "./trend.ts";

/** The sensor said only that glucose is beyond what it measures; the number beside the flag is the vendor's convention. */
export interface RangeFlag {
  readonly side: "below" | "above";
  readonly boundMgdl: Mgdl;
}

/** One measurement of one source, normalised. `null` means: the provider did not say. */
export interface Reading {
  readonly at: Instant;
  readonly mgdl: Mgdl;
  readonly rangeFlag: RangeFlag | null;
  /** The unit in which the provider spoke. */
  readonly unit: GlucoseUnit;
  readonly trend: Trend;
  /** The provider's own word, kept where `trend` had to become `unknown`; at most 64 characters. */
  readonly trendWord: string | null;
  /** mg/dL per minute, in hundredths at most. */
  readonly trendRate: number | null;
  readonly utcOffsetMinutes: number | null;
  /** Whatever tells one sensor or transmitter of the source from another; at most 64 characters. */
  readonly device: string | null;
}
