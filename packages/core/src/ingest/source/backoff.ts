import type { Chance } from "../../ports/chance.ts";

export interface BackoffPolicy {
  /** Before the second attempt. */
  readonly firstSeconds: number;
  readonly longestSeconds: number;
}

/** A bug is not mended by asking again soon, yet a vendor's outage may look like one. */
export const STOPPED_LONGEST_SECONDS = 86_400;

const LEAST_MS = 500;

/**
 * Full jitter: anything from half a second up to a ceiling that doubles with each failed attempt (1 is the first). What the provider
 * asks for is the least, up to a day, and those who were told the same do not come back all at once.
 */
export function backoffMs(policy: BackoffPolicy, attempts: number, chance: Chance, retryAfterMs = 0): number {
  const ceilingMs = Math.min(policy.longestSeconds, policy.firstSeconds * 2 ** Math.min(attempts - 1, 30)) * 1000;
  const jitter = chance();
  const askedForMs = retryAfterMs > 0 ? Math.min(retryAfterMs, STOPPED_LONGEST_SECONDS * 1000) + jitter * policy.firstSeconds * 1000 : 0;
  return Math.round(Math.max(LEAST_MS, askedForMs, jitter * ceilingMs));
}
