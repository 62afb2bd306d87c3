/** What one caller uses at the moment. */
export interface CallerUse {
  requests: number;
  connections: number;
  /** Of answers that lie there to be read. */
  untakenBytes: number;
  /** In hand of bodies. */
  bodyBytes: number;
  /** Requests that may still be made at once. */
  left: number;
  filledAtMs: number;
}

export interface Callers {
  /** The same object as long as the caller uses anything. */
  of(address: string): CallerUse;
  /** Takes a request of the caller's rate; else tells how long to wait for one. */
  takeOf(use: CallerUse): number | null;
  /** How many are known. */
  size(): number;
}

/** So many seconds' worth of requests may come at once: a page asks for all that it shows. */
const BURST_SECONDS = 5;
const FORGET_EVERY_MS = 10_000;

/**
 * Keeps a caller as long as it has a connection or a request, and until its rate is whole again: then it is as good as new. `perSecond`:
 * `null` is no limit.
 */
export function createCallers(perSecond: number | null, clock: { monotonicMs(): number }): Callers {
  const most = (perSecond ?? 0) * BURST_SECONDS;
  const uses = new Map<string, CallerUse>();
  let forgottenAtMs = clock.monotonicMs();

  function fill(use: CallerUse, nowMs: number): void {
    use.left = Math.min(most, use.left + ((nowMs - use.filledAtMs) / 1000) * (perSecond ?? 0));
    use.filledAtMs = nowMs;
  }

  function forgetIdle(nowMs: number): void {
    if (nowMs - forgottenAtMs < FORGET_EVERY_MS) return;
    forgottenAtMs = nowMs;
    for (const [address, use] of uses) {
      fill(use, nowMs);
      if (use.requests === 0 && use.connections === 0 && use.left >= most) uses.delete(address);
    }
  }

  return {
    of(address) {
      const known = uses.get(address);
      if (known !== undefined) return known;
      const nowMs = clock.monotonicMs();
      forgetIdle(nowMs);
      const use: CallerUse = { requests: 0, connections: 0, untakenBytes: 0, bodyBytes: 0, left: most, filledAtMs: nowMs };
      uses.set(address, use);
      return use;
    },
    takeOf(use) {
      if (perSecond === null) return null;
      if (use.left < 1) fill(use, clock.monotonicMs());
      if (use.left < 1) return ((1 - use.left) / perSecond) * 1000;
      use.left -= 1;
      return null;
    },
    size: () => uses.size,
  };
}
