/** By the names under which they are shown; `1` is the largest. */
const SHOWN = ["0.5", "0.9", "0.99", "1"] as const;

/** The value at or below which so large a part of all lies; nothing of an empty list. */
export function quantilesOf(values: readonly number[]): readonly (readonly [string, number])[] {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return [];
  return SHOWN.map((name) => [name, sorted[Math.ceil(Number(name) * sorted.length) - 1] as number]);
}
