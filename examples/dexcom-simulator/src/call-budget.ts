/** The calls of one application in any hour. */
export interface CallBudget {
  /** Counts a call; `false`: it is one too many. What is refused counts too. */
  take(nowMs: number): boolean;
  /** The most calls there ever were within one hour, wherever that hour began. */
  worstHour(): number;
}

const HOUR_MS = 3_600_000;

export function createCallBudget(callsPerHour: number): CallBudget {
  /** Calls at one millisecond, oldest first. */
  let moments: { readonly atMs: number; calls: number }[] = [];
  let oldest = 0;
  let inHour = 0;
  let worst = 0;
  const forgetUntil = (ms: number) => {
    for (let moment = moments[oldest]; moment !== undefined && moment.atMs <= ms; moment = moments[oldest]) {
      inHour -= moment.calls;
      oldest++;
    }
    if (oldest > 10_000) {
      moments = moments.slice(oldest);
      oldest = 0;
    }
  };
  return {
    take: (nowMs) => {
      const last = moments.at(-1);
      // A clock that is set back makes no room.
      const atMs = Math.max(nowMs, last?.atMs ?? nowMs);
      forgetUntil(atMs - HOUR_MS);
      if (last?.atMs === atMs) last.calls++;
      else moments.push({ atMs, calls: 1 });
      inHour++;
      worst = Math.max(worst, inHour);
      return inHour <= callsPerHour;
    },
    worstHour: () => worst,
  };
}
