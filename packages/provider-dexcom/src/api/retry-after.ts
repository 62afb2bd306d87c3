/** However long Dexcom asks us to wait, we ask again within the hour for which its limit counts; however short, not within the second. */
const RETRY_AFTER_MS = { shortest: 1_000, longest: 3_600_000 } as const;

/** `Retry-After`, RFC 9110: seconds or an HTTP date. `null`: none, or none that can be read. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : httpDateMs(text) - nowMs;
  if (Number.isNaN(waitMs)) return null;
  return Math.min(RETRY_AFTER_MS.longest, Math.max(RETRY_AFTER_MS.shortest, waitMs));
}

const HTTP_DATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that may still be sent. `NaN`: it is none. */
function httpDateMs(text: string): number {
  const match = HTTP_DATE.exec(text);
  const month = MONTHS.indexOf(match?.[2] ?? "");
  if (match === null || month < 0) return Number.NaN;
  const [day, year, hour, minute, second] = [match[1], match[3], match[4], match[5], match[6]].map(Number);
  return Date.UTC(year as number, month, day, hour, minute, second);
}
