/** However long we are asked to wait, we look again within the hour; however short, not within the second. */
const WAIT_MS = { shortest: 1_000, longest: 3_600_000 } as const;

export function waitWithin(waitMs: number): number {
  return Math.min(WAIT_MS.longest, Math.max(WAIT_MS.shortest, waitMs));
}

/** `Retry-After`, RFC 9110: seconds or an HTTP date. `null`: none, or none that can be read. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return waitWithin(Number(text) * 1_000);
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text) ? waitUntil(Date.parse(text), nowMs) : null;
}

function waitUntil(ms: number, nowMs: number): number | null {
  return Number.isNaN(ms) ? null : waitWithin(ms - nowMs);
}
