/** Whole seconds, one at least: a client that comes back at once comes back too early. */
export function retryAfterSeconds(retryAfterMs: number | undefined, usualSeconds: number): number {
  return retryAfterMs === undefined ? usualSeconds : Math.max(1, Math.ceil(retryAfterMs / 1000));
}
