/** The canonical ten. `unknown` is never `steady`. Order is part of the day codec: append only. */
export const TRENDS = [
  "unknown",
  "falling_very_fast",
  "falling_fast",
  "falling",
  "steady",
  "rising",
  "rising_fast",
  "rising_very_fast",
  "not_computable",
  "rate_out_of_range",
] as const;

export type Trend = (typeof TRENDS)[number];

const KNOWN: ReadonlySet<string> = new Set(TRENDS);

export function isTrend(word: string): word is Trend {
  return KNOWN.has(word);
}
