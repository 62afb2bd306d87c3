import { err, ok, type Result } from "neverthrow";

/** Whole seconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly __unit: "s since epoch" };

/** A UTC day: whole days since 1970-01-01. */
export type Day = number & { readonly __unit: "UTC days since epoch" };

/** From inclusive, to exclusive. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** First and last day, both included. */
export interface DaySpan {
  readonly first: Day;
  readonly last: Day;
}

export const SECONDS_PER_DAY = 86_400;

/** 2000-01-01 … 2100-01-01: the first sensors came in 1999, and what lies outside is a wrong clock or a wrong unit. */
const EARLIEST = 946_684_800;
const LATEST = 4_102_444_800;

/** Every day that can hold a reading. */
export const EVERY_DAY: DaySpan = { first: dayOf(EARLIEST as Instant), last: dayOf((LATEST - 1) as Instant) };

export type InstantRefused =
  | { readonly kind: "time_unreadable"; readonly text: string }
  | { readonly kind: "time_without_zone"; readonly text: string };

/** Milliseconds since the epoch; a fraction of a second is dropped. */
export function instantOfMs(ms: number): Result<Instant, InstantRefused> {
  const seconds = Math.floor(ms / 1000);
  if (!(seconds >= EARLIEST && seconds < LATEST)) return err({ kind: "time_unreadable", text: String(ms) });
  return ok(seconds as Instant);
}

export function dayOf(at: Instant): Day {
  return Math.floor(at / SECONDS_PER_DAY) as Day;
}

export function startOf(day: Day): Instant {
  return (day * SECONDS_PER_DAY) as Instant;
}

/** The days that hold any instant of a span; an empty span holds its first day. */
export function daysOf(span: Span): DaySpan {
  return { first: dayOf(span.from), last: dayOf(Math.max(span.from, span.to - 1) as Instant) };
}

export function addSeconds(at: Instant, seconds: number): Instant {
  return (at + seconds) as Instant;
}

/** Its numbers stand in fixed places; only the zone has to be looked for. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})?$/;

/** RFC 3339. A time without a zone is refused by a name of its own: it may be anybody's wall clock. */
export function parseInstant(text: string): Result<Instant, InstantRefused> {
  const match = RFC3339.exec(text);
  if (match === null) return err({ kind: "time_unreadable", text });
  const zone = match[1];
  if (zone === undefined) return err({ kind: "time_without_zone", text });
  const at = readLocalSeconds(text) - readOffsetSeconds(zone);
  return at >= EARLIEST && at < LATEST ? ok(at as Instant) : err({ kind: "time_unreadable", text });
}

/** Seconds since the epoch by a clock that stands in UTC; `NaN` if the calendar or the clock has no such moment. */
function readLocalSeconds(text: string): number {
  const year = readNumber(text, 0, 4);
  const month = readNumber(text, 5, 2);
  const day = readNumber(text, 8, 2);
  const hour = readNumber(text, 11, 2);
  const minute = readNumber(text, 14, 2);
  const second = readNumber(text, 17, 2);
  const isMoment = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month) && hour <= 23 && minute <= 59 && second <= 60;
  return isMoment ? Date.UTC(year, month - 1, day, hour, minute, second) / 1000 : Number.NaN;
}

function readOffsetSeconds(zone: string): number {
  if (zone.length === 1) return 0;
  const hours = readNumber(zone, 1, 2);
  const minutes = readNumber(zone, 4, 2);
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone.startsWith("-") ? -60 : 60) * (hours * 60 + minutes);
}

/** Digits that are known to be there. A page holds thousands of times: `Number(text.slice())` would be most of the work of reading it. */
function readNumber(text: string, start: number, length: number): number {
  let value = 0;
  for (let place = start; place < start + length; place++) value = value * 10 + text.charCodeAt(place) - 48;
  return value;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** `2025-04-26T14:30:00Z` */
export function formatInstant(at: Instant): string {
  return `${formatDay(dayOf(at))}T${formatSecondOfDay(at - startOf(dayOf(at)))}Z`;
}

/** `2025-04-26` */
export function formatDay(day: Day): string {
  return new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10);
}

/** `14:30:00` */
export function formatSecondOfDay(second: number): string {
  const hour = (second / 3600) | 0;
  const minute = ((second % 3600) / 60) | 0;
  return `${two(hour)}:${two(minute)}:${two(second % 60)}`;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));

function two(n: number): string {
  return TWO_DIGITS[n] ?? "";
}
