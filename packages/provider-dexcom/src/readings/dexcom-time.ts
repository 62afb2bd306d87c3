/** A time as Dexcom printed it, in whole seconds; a fraction is dropped. */
export interface DexcomTime {
  /** Since the epoch. Without a zone the clock is taken to stand in UTC. */
  readonly utcSeconds: number;
  /** What the clock showed, counted as if it stood in UTC. */
  readonly shownSeconds: number;
  /** `null`: no zone was told. */
  readonly offsetSeconds: number | null;
}

/**
 * Seen since 2021: seconds missing, months, days and hours of one digit, a blank for the `T`, fractions of a second, offsets with seconds
 * (`-06:59:58`), no zone.
 */
const DEXCOM_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]| {1,2})(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d*)?)? ?([Zz]|[+-](?:\d{1,2}(?::\d{2}){0,2}|\d{4}(?:\d{2})?))?$/;

const LONGEST_TEXT = 64;

/** `null`: it is none of these forms, or no moment of the calendar. */
export function parseDexcomTime(text: string): DexcomTime | null {
  const match = text.length <= LONGEST_TEXT ? DEXCOM_TIME.exec(text.trim()) : null;
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = "0", zone] = match;
  const shownSeconds = secondsOf(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  const offsetSeconds = zone === undefined ? null : offsetOf(zone);
  const utcSeconds = shownSeconds - (offsetSeconds ?? 0);
  return Number.isNaN(utcSeconds) ? null : { utcSeconds, shownSeconds, offsetSeconds };
}

/** `NaN` if the calendar or the clock has no such moment. */
function secondsOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const isClock = hour <= 23 && minute <= 59 && second <= 60;
  return isClock && isCalendarDay(year, month, day) ? Date.UTC(year, month - 1, day, hour, minute, second) / 1000 : Number.NaN;
}

/** Years of two digits would be taken for those of another century. */
function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1900 || month < 1 || month > 12 || day < 1) return false;
  return day <= 28 || new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

function offsetOf(zone: string): number {
  if (zone === "Z" || zone === "z") return 0;
  const digits = zone.slice(1).replaceAll(":", "");
  const hourDigits = digits.length % 2 === 0 ? 2 : 1;
  const [hours, minutes, seconds] = [
    digits.slice(0, hourDigits),
    digits.slice(hourDigits, hourDigits + 2),
    digits.slice(hourDigits + 2),
  ].map(Number) as [number, number, number];
  if (hours > 23 || minutes > 59 || seconds > 59) return Number.NaN;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

/** Offsets in use on Earth. */
const OFFSET_MINUTES = { lowest: -12 * 60, highest: 14 * 60 } as const;
const HALF_HOUR_SECONDS = 1_800;
const QUARTER_SECONDS = 900;

/**
 * By how many minutes a device's wall clock is ahead of UTC: the difference of its two clocks, to the half hour, for both are set by hand or
 * drift. It is told for receivers too, whose wall clock names no zone. `null`: no offset that there is.
 */
export function utcOffsetMinutes(system: DexcomTime, display: DexcomTime): number | null {
  const difference = display.shownSeconds - system.utcSeconds;
  const minutes = quarterOffset(display, difference) ?? Math.round(difference / HALF_HOUR_SECONDS) * 30 + 0;
  return minutes >= OFFSET_MINUTES.lowest && minutes <= OFFSET_MINUTES.highest ? minutes : null;
}

/** Nepal (+05:45), Eucla and the Chatham Islands do not stand at a half hour: there the zone that was told decides, if the clocks bear it out. */
function quarterOffset({ offsetSeconds }: DexcomTime, difference: number): number | null {
  if (offsetSeconds === null || Math.abs(difference - offsetSeconds) > QUARTER_SECONDS) return null;
  const quarters = Math.round(offsetSeconds / QUARTER_SECONDS);
  return quarters % 2 === 0 ? null : quarters * 15;
}
