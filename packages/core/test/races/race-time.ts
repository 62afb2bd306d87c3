/** A time that only passes when told to. */
export interface RaceTime {
  passedMs: number;
  nowMs(): number;
}

export const HOUR_SECONDS = 3_600;
/** An owner looks at the records at least so often, as a host does. */
export const LOOK_MS = 300_000;
const START_MS = Date.UTC(2025, 3, 23, 12, 0, 0);

export function createRaceTime(): RaceTime {
  const time: RaceTime = { passedMs: 0, nowMs: () => START_MS + time.passedMs };
  return time;
}
