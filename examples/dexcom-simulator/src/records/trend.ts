/** The vendor's bands of mg/dL per minute; beyond 8 it says that the rate is out of range. */
const BANDS = [
  { from: 3, up: "doubleUp", down: "doubleDown" },
  { from: 2, up: "singleUp", down: "singleDown" },
  { from: 1, up: "fortyFiveUp", down: "fortyFiveDown" },
] as const;

export function trendOf(mgdlPerMinute: number | null): string {
  if (mgdlPerMinute === null) return "notComputable";
  const steepness = Math.abs(mgdlPerMinute);
  if (steepness > 8) return "rateOutOfRange";
  const band = BANDS.find(({ from }) => steepness >= from);
  if (band === undefined) return "flat";
  return mgdlPerMinute > 0 ? band.up : band.down;
}
