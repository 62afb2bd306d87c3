/** A clock that can be moved and made to run faster or slower. */
export interface AdjustableClock {
  nowMs(): number;
  /** Milliseconds of simulated time per millisecond; and how far ahead of the clock beneath the time stands now. */
  setting(): ClockSetting;
  /** What is not told stays. A change of speed moves nothing; only `offsetMs` makes the time jump. */
  adjust(change: Partial<ClockSetting>): void;
}

export interface ClockSetting {
  readonly speed: number;
  readonly offsetMs: number;
}

export function createAdjustableClock(beneath: { nowMs(): number }): AdjustableClock {
  let speed = 1;
  let sinceMs = beneath.nowMs();
  let shownMs = sinceMs;
  const shownAt = (realMs: number) => shownMs + (realMs - sinceMs) * speed;
  return {
    nowMs: () => Math.floor(shownAt(beneath.nowMs())),
    setting: () => {
      const realMs = beneath.nowMs();
      return { speed, offsetMs: Math.floor(shownAt(realMs) - realMs) };
    },
    adjust: (change) => {
      const realMs = beneath.nowMs();
      shownMs = change.offsetMs === undefined ? shownAt(realMs) : realMs + change.offsetMs;
      sinceMs = realMs;
      speed = change.speed ?? speed;
    },
  };
}
