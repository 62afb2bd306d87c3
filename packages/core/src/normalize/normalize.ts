import { agrees, compareContents, filledFrom, isSameContent } from "../reading/content.ts";
import { type GlucoseUnit, type Mgdl, mgdlOf, toMgdl } from "../reading/glucose.ts";
import { addSeconds, type Instant, instantOfMs, parseInstant } from "../reading/instant.ts";
import type { RangeFlag, Reading } from "../reading/reading.ts";
import { isTrend, type Trend } from "../reading/trend.ts";
import type { RawReading, RawRejected } from "./raw-reading.ts";
import { isObject, isRejected, wrongFieldOf } from "./raw-shape.ts";
import type { RefusalReason, RefusedRecord } from "./refused-record.ts";

/** How far ahead of us a sensor's clock may be. */
export const FUTURE_TOLERANCE_SECONDS = 600;
const LONGEST_WORD = 64;
/** Offsets in use on Earth, in minutes. */
const OFFSET_MINUTES = { lowest: -12 * 60, highest: 14 * 60 } as const;
/** mg/dL per minute; beyond it a rate is no rate, and counts as not told. */
const STEEPEST_RATE = 300;

export interface Normalised {
  /** Ascending, one per instant. */
  readonly readings: readonly Reading[];
  readonly setAside: readonly RefusedRecord[];
  /** Records that said nothing that another of the page did not say. */
  readonly repeated: number;
}

/**
 * Every record given becomes a reading, is set aside with its reason, or repeats another: nothing is lost. A record is whatever a third
 * party made of it: `null`, a text, an object that throws when it is read.
 */
export function normalize(raw: readonly RawReading[], rejected: readonly RawRejected[], now: Instant): Normalised {
  const setAside: RefusedRecord[] = rejected.map((each) => unlessItThrows(each, () => fromRejected(each)));
  const accepted: Accepted[] = [];
  for (const each of raw) {
    const outcome = unlessItThrows(each, () => accept(each, now));
    if ("reason" in outcome) setAside.push(outcome);
    else accepted.push(outcome);
  }
  return onePerInstant(accepted, setAside);
}

interface Accepted {
  readonly reading: Reading;
  readonly record: unknown;
}

function accept(raw: RawReading, now: Instant): Accepted | RefusedRecord {
  const outcome = toReading(raw, now);
  return "reason" in outcome ? outcome : { reading: outcome, record: raw.record ?? raw };
}

function unlessItThrows<T>(record: unknown, read: () => T): T | RefusedRecord {
  // bug: somebody else's record has a getter that throws; that costs this record and no other
  try {
    return read();
  } catch {
    return { reason: "unreadable_record", detail: "The provider's record throws when it is read.", at: null, record };
  }
}

function fromRejected(given: RawRejected): RefusedRecord {
  if (isObject(given) && isRejected(given)) return { reason: given.reason, detail: given.detail, at: null, record: given.record };
  return { reason: "unreadable_record", detail: "The provider refused it without a reason that we know.", at: null, record: given };
}

function toReading(raw: RawReading, now: Instant): Reading | RefusedRecord {
  if (!isObject(raw)) return { reason: "unreadable_record", detail: "The provider's record is no object.", at: null, record: raw };
  const wrong = wrongFieldOf(raw);
  if (wrong !== undefined) return aside(raw, "unreadable_record", `The provider's record is not understood: "${wrong}" is wrong.`, null);
  if (raw.time === undefined || raw.time === null) return aside(raw, "time_unreadable", "There is no time.", null);
  const parsed = typeof raw.time === "number" ? instantOfMs(raw.time) : parseInstant(raw.time);
  if (parsed.isErr())
    return aside(raw, parsed.error.kind, `The time "${shorten(parsed.error.text)}" ${WHY_TIME[parsed.error.kind]}.`, null);
  const at = parsed.value;
  if (at > addSeconds(now, FUTURE_TOLERANCE_SECONDS))
    return aside(raw, "in_the_future", "The instant lies more than ten minutes ahead.", at);
  if (raw.value === undefined || raw.value === null || Number.isNaN(raw.value))
    return aside(raw, "glucose_missing", "There is no glucose value.", at);
  if (raw.unit !== "mg/dL" && raw.unit !== "mmol/L") return aside(raw, "glucose_missing", "The glucose value has no unit we know.", at);
  const mgdl = toMgdl(raw.value, raw.unit);
  if (mgdl.isErr()) return aside(raw, "glucose_out_of_range", "The value lies outside 20 to 1,000 mg/dL.", at);
  return {
    at,
    mgdl: mgdl.value,
    rangeFlag: toRangeFlag(raw),
    unit: raw.unit,
    trend: toTrend(raw.trend),
    trendWord: toTrendWord(raw.trend),
    trendRate: toRate(raw.trendRate, raw.unit),
    utcOffsetMinutes: toOffset(raw.utcOffsetMinutes),
    device: toDevice(raw.device),
  };
}

const WHY_TIME = { time_unreadable: "cannot be read", time_without_zone: "has no zone, so it may be anybody's wall clock" } as const;

function aside(raw: RawReading, reason: RefusalReason, detail: string, at: Instant | null): RefusedRecord {
  return { reason, detail, at, record: raw.record ?? raw };
}

function toRangeFlag(raw: RawReading): RangeFlag | null {
  const flag = raw.rangeFlag;
  if (flag === null || flag === undefined) return null;
  const bound = toMgdl(flag.bound, raw.unit);
  return bound.isOk() ? { side: flag.side, boundMgdl: bound.value } : { side: flag.side, boundMgdl: boundBeside(raw) };
}

/** A flag without a usable bound still says that the number is not one: the number itself is the bound. */
function boundBeside(raw: RawReading): Mgdl {
  return Math.round(mgdlOf(raw.value, raw.unit)) as Mgdl;
}

function toTrend(word: string | null | undefined): Trend {
  return typeof word === "string" && isTrend(word) ? word : "unknown";
}

function toTrendWord(word: string | null | undefined): string | null {
  return typeof word === "string" && word !== "" && !isTrend(word) ? shorten(word) : null;
}

function toRate(rate: number | null | undefined, unit: GlucoseUnit): number | null {
  if (typeof rate !== "number") return null;
  const perMinute = mgdlOf(rate, unit);
  if (!(Math.abs(perMinute) <= STEEPEST_RATE)) return null;
  return Math.round(perMinute * 100) / 100 + 0;
}

function toOffset(minutes: number | null | undefined): number | null {
  if (typeof minutes !== "number") return null;
  const whole = Math.round(minutes) + 0;
  return whole >= OFFSET_MINUTES.lowest && whole <= OFFSET_MINUTES.highest ? whole : null;
}

function toDevice(device: string | null | undefined): string | null {
  return typeof device === "string" && device !== "" ? shorten(device) : null;
}

/** Cut in the middle of a character or already broken, a text would not come back from a store as it went in. */
function shorten(text: string): string {
  return text.slice(0, LONGEST_WORD).toWellFormed();
}

/** What agrees is one; of what disagrees, a fixed order of contents picks one. */
function onePerInstant(accepted: Accepted[], setAside: RefusedRecord[]): Normalised {
  if (isAscending(accepted)) return { readings: accepted.map(({ reading }) => reading), setAside, repeated: 0 };
  accepted.sort((a, b) => a.reading.at - b.reading.at || compareContents(b.reading, a.reading));
  const readings: Reading[] = [];
  let repeated = 0;
  for (const { reading, record } of accepted) {
    const standing = readings.at(-1);
    if (standing?.at !== reading.at) readings.push(reading);
    else if (agrees(standing, reading)) {
      readings[readings.length - 1] = isSameContent(standing, reading) ? standing : filledFrom(standing, reading);
      repeated++;
    } else {
      const detail = "Another record of the same answer and instant says something else.";
      setAside.push({ reason: "same_instant", detail, at: reading.at, record });
    }
  }
  return { readings, setAside, repeated };
}

function isAscending(accepted: readonly Accepted[]): boolean {
  for (let i = 1; i < accepted.length; i++) {
    if ((accepted[i] as Accepted).reading.at <= (accepted[i - 1] as Accepted).reading.at) return false;
  }
  return true;
}
