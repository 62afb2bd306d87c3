import { type InstantRefused, parseInstant } from "@bg-ingest/core";
import { ok, type Result } from "neverthrow";

/** Milliseconds since the epoch. Nearly every time has the form `2025-01-30T23:49:55Z`; that one is read without a pattern. */
export function createTimeReader(): (text: string) => Result<number, InstantRefused> {
  let date = Number.NaN;
  let midnightMs = 0;
  return (text) => {
    const second = text.length === 20 && text.charCodeAt(19) === 90 ? secondOfDay(text) : -1;
    if (second < 0) return parseInstant(text).map((at) => at * 1000);
    const asked = dateNumber(text);
    if (asked !== date) {
      const parsed = parseInstant(text);
      if (parsed.isErr()) return parsed.map((at) => at * 1000);
      date = asked;
      midnightMs = (parsed.value - second) * 1000;
    }
    return ok(midnightMs + second * 1000);
  };
}

/** Minutes from UTC at the end of a wall clock time; `null`: the device did not say. */
export function offsetMinutes(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  if (text.endsWith("Z")) return 0;
  const at = text.length - 6;
  const sign = text.charCodeAt(at);
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if ((sign !== PLUS && sign !== MINUS) || text.charCodeAt(at + 3) !== COLON || !(hours < 24 && minutes < 60)) return null;
  return (sign === MINUS ? -1 : 1) * (hours * 60 + minutes);
}

const PLUS = 43;
const MINUS = 45;
const COLON = 58;
const T = 84;

/** -1 where the text has another form than `…THH:MM:SS…`. */
function secondOfDay(text: string): number {
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const formed = text.charCodeAt(10) === T && text.charCodeAt(13) === COLON && text.charCodeAt(16) === COLON;
  return formed && hour < 24 && minute < 60 && second < 60 ? hour * 3600 + minute * 60 + second : -1;
}

/** Tells dates apart; whether it is a date at all is for `parseInstant` to say, once a day. */
function dateNumber(text: string): number {
  if (text.charCodeAt(4) !== MINUS || text.charCodeAt(7) !== MINUS) return Number.NaN;
  return digits(text, 0, 4) * 10_000 + digits(text, 5, 2) * 100 + digits(text, 8, 2);
}

/** NaN where a character is no digit, so that no comparison with it holds. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
