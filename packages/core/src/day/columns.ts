import type { GlucoseUnit, Mgdl } from "../reading/glucose.ts";
import { GLUCOSE_UNITS } from "../reading/glucose.ts";
import { type Day, type Instant, startOf } from "../reading/instant.ts";
import type { RangeFlag, Reading } from "../reading/reading.ts";
import { TRENDS, type Trend } from "../reading/trend.ts";

/** In place of a rate or an offset that the provider did not tell. */
export const NOT_TOLD = -32_768;
export const RATE_STEPS_PER_UNIT = 100;
/** More sensors or words than this in one day is no glucose sensor. */
export const MOST_NAMES = 255;

/** What every view needs of a day's reading versions, in the order of the log. All columns have `length` entries. */
export interface Timeline {
  readonly length: number;
  readonly second: Int32Array;
  readonly mgdl: Int16Array;
  /** mg/dL: positive `above`, negative `below`, 0 not flagged. */
  readonly bound: Int16Array;
  /** Index into `GLUCOSE_UNITS`. */
  readonly unit: Uint8Array;
  /** Index into `devices`; 0 not told. */
  readonly device: Uint8Array;
  readonly devices: readonly (string | null)[];
}

/** The rest of the reading versions. */
export interface Details {
  /** Index into `TRENDS`. */
  readonly trend: Uint8Array;
  /** Index into `trendWords`; 0 none. */
  readonly trendWord: Uint8Array;
  readonly trendWords: readonly (string | null)[];
  /** Hundredths of mg/dL per minute, or `NOT_TOLD`. */
  readonly rate: Int16Array;
  /** Minutes, or `NOT_TOLD`. */
  readonly utcOffset: Int16Array;
}

export type ReadingColumns = Timeline & Details;

export function emptyColumns(length: number): ReadingColumns {
  return { ...emptyTimeline(length), ...emptyDetails(length) };
}

/** The columns share one buffer: a buffer each would cost more to make than a day's values cost to decode. */
export function emptyTimeline(length: number): Timeline {
  const buffer = new ArrayBuffer(10 * length);
  return {
    length,
    second: new Int32Array(buffer, 0, length),
    mgdl: new Int16Array(buffer, 4 * length, length),
    bound: new Int16Array(buffer, 6 * length, length),
    unit: new Uint8Array(buffer, 8 * length, length),
    device: new Uint8Array(buffer, 9 * length, length),
    devices: [null],
  };
}

export function emptyDetails(length: number): Details {
  const buffer = new ArrayBuffer(6 * length);
  return {
    rate: new Int16Array(buffer, 0, length).fill(NOT_TOLD),
    utcOffset: new Int16Array(buffer, 2 * length, length).fill(NOT_TOLD),
    trend: new Uint8Array(buffer, 4 * length, length),
    trendWord: new Uint8Array(buffer, 5 * length, length),
    trendWords: [null],
  };
}

/** The columns with room for `more` versions behind them; names are shared until `writeReading` meets a new one. */
export function widened(columns: ReadingColumns, more: number): ReadingColumns {
  const wider = emptyColumns(columns.length + more);
  for (const name of ["second", "mgdl", "bound", "unit", "device", "trend", "trendWord", "rate", "utcOffset"] as const) {
    wider[name].set(columns[name]);
  }
  return { ...wider, devices: [...columns.devices], trendWords: [...columns.trendWords] };
}

/** Writes into columns that the caller has just made. */
export function writeReading(columns: ReadingColumns, index: number, day: Day, reading: Reading): void {
  columns.second[index] = reading.at - startOf(day);
  columns.mgdl[index] = reading.mgdl;
  columns.bound[index] = boundOf(reading.rangeFlag);
  columns.unit[index] = GLUCOSE_UNITS.indexOf(reading.unit);
  columns.device[index] = indexOfName(columns.devices as (string | null)[], reading.device);
  columns.trend[index] = TRENDS.indexOf(reading.trend);
  columns.trendWord[index] = indexOfName(columns.trendWords as (string | null)[], reading.trendWord);
  columns.rate[index] = reading.trendRate === null ? NOT_TOLD : Math.round(reading.trendRate * RATE_STEPS_PER_UNIT);
  columns.utcOffset[index] = reading.utcOffsetMinutes ?? NOT_TOLD;
}

export function readReading(columns: ReadingColumns, index: number, day: Day): Reading {
  return {
    at: instantAt(columns, index, day),
    mgdl: columns.mgdl[index] as Mgdl,
    rangeFlag: rangeFlagAt(columns, index),
    unit: GLUCOSE_UNITS[columns.unit[index] as number] as GlucoseUnit,
    trend: TRENDS[columns.trend[index] as number] as Trend,
    trendWord: columns.trendWords[columns.trendWord[index] as number] ?? null,
    trendRate: toldAt(columns.rate, index, RATE_STEPS_PER_UNIT),
    utcOffsetMinutes: toldAt(columns.utcOffset, index, 1),
    device: columns.devices[columns.device[index] as number] ?? null,
  };
}

export function instantAt(timeline: Timeline, index: number, day: Day): Instant {
  return (startOf(day) + (timeline.second[index] as number)) as Instant;
}

function rangeFlagAt(timeline: Timeline, index: number): RangeFlag | null {
  const bound = timeline.bound[index] as number;
  if (bound === 0) return null;
  return { side: bound < 0 ? "below" : "above", boundMgdl: Math.abs(bound) as Mgdl };
}

function boundOf(flag: RangeFlag | null): number {
  if (flag === null) return 0;
  return flag.side === "below" ? -flag.boundMgdl : flag.boundMgdl;
}

function toldAt(column: Int16Array, index: number, steps: number): number | null {
  const value = column[index] as number;
  return value === NOT_TOLD ? null : value / steps;
}

function indexOfName(names: (string | null)[], name: string | null): number {
  const known = names.indexOf(name);
  return known >= 0 ? known : names.push(name) - 1;
}
