import type { Chance } from "../ports/chance.ts";

export interface BackoffPolicy {
  /** Before the second attempt. */
  readonly firstSeconds: number;
  readonly longestSeconds: number;
}

/** A bug is not mended by asking again soon, yet a vendor's outage may look like one. */
export const STOPPED_LONGEST_SECONDS = 86_400;

/**
 * Full jitter: anything from half a second up to a ceiling that doubles with each failed attempt (1 is the first). What the provider
 * asks for is the least, up to a day.
 */
export function backoffMs(policy: BackoffPolicy, attempts: number, chance: Chance, retryAfterMs = 0): number {
  const ceilingMs = Math.min(policy.longestSeconds, policy.firstSeconds * 2 ** Math.min(attempts - 1, 30)) * 1000;
  const least = Math.min(Math.max(retryAfterMs, 500), STOPPED_LONGEST_SECONDS * 1000);
  return Math.round(Math.max(least, retryAfterMs > 0 ? least + chance() * policy.firstSeconds * 1000 : chance() * ceilingMs));
}
