/** `11/2/2024 1:03:21 PM`: month first, twelve hours a half-day, no zone. Newer libraries put a narrow blank before the half of the day. */
const WIRE_TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}):(\d{2}):(\d{2})[ \u00a0\u202f]([AaPp])[Mm]$/;

/** Milliseconds since 1970, as if the clock stood in UTC; `null`: it is none of this form, or no moment of the calendar. */
export function parseWireTime(text: string): number | null {
  const match = WIRE_TIME.exec(text.trim());
  if (match === null) return null;
  const [month, day, year, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (hour < 1 || hour > 12 || minute > 59 || second > 59 || year < 1970 || month < 1 || month > 12) return null;
  // 12 AM is the hour after midnight, 12 PM the one after noon.
  const hourOfDay = (hour % 12) + (match[7]?.toLowerCase() === "p" ? 12 : 0);
  const ms = Date.UTC(year, month - 1, day, hourOfDay, minute, second);
  return new Date(ms).getUTCDate() === day ? ms : null;
}

const QUARTER_MS = 900_000;
const MINUTE_MS = 60_000;
/** Offsets in use on Earth. */
const OFFSET_MINUTES = { lowest: -12 * 60, highest: 14 * 60 } as const;

/**
 * By how many minutes the wearer's wall clock is ahead of UTC. Every offset in use is a whole quarter of an hour: what lies more than a minute
 * beside one is not told.
 */
export function utcOffsetMinutes(utcMs: number, wallMs: number): number | null {
  const quarters = Math.round((wallMs - utcMs) / QUARTER_MS);
  if (Math.abs(wallMs - utcMs - quarters * QUARTER_MS) > MINUTE_MS) return null;
  const minutes = quarters * 15 + 0;
  return minutes >= OFFSET_MINUTES.lowest && minutes <= OFFSET_MINUTES.highest ? minutes : null;
}
