import { type Details, emptyDetails, NOT_TOLD, type Timeline } from "../columns.ts";
import { INTEGER_CONTEXTS } from "./entropy/probability.ts";
import { RangeDecoder } from "./entropy/range-decoder.ts";
import { RangeEncoder } from "./entropy/range-encoder.ts";
import { NAME_CONTEXTS, readNames, writeNames } from "./names.ts";
import { RUN_CONTEXTS, readRuns, writeRuns } from "./runs.ts";

const TREND_BITS = 4;
const SLOPES = 8;
/** Whether the trend is the last one: by slope and last trend. */
const SAME_TREND = 0;
const OTHER_TREND = SAME_TREND + SLOPES * (1 << TREND_BITS);
const RATE_STEP = OTHER_TREND + SLOPES * (1 << TREND_BITS);
const RATE_TOLD = RATE_STEP + INTEGER_CONTEXTS;
const RATE = RATE_TOLD + 2;
const OFFSET = RATE + 2 * INTEGER_CONTEXTS;
const WORD = OFFSET + RUN_CONTEXTS;
const WORDS = WORD + RUN_CONTEXTS;
const CONTEXTS = WORDS + NAME_CONTEXTS;

/** Trends and rates under what the values beside them did. */
export function encodeDetails(details: Details, timeline: Timeline): Uint8Array {
  const encoder = new RangeEncoder(CONTEXTS);
  writeTrends(encoder, details.trend, timeline);
  writeRates(encoder, details.rate, timeline);
  writeRuns(encoder, OFFSET, details.utcOffset);
  writeNames(encoder, WORDS, details.trendWords);
  writeRuns(encoder, WORD, details.trendWord);
  return encoder.finish();
}

export function decodeDetails(bytes: Uint8Array, start: number, end: number, timeline: Timeline): Details {
  const decoder = new RangeDecoder(bytes, start, end, CONTEXTS);
  const details = emptyDetails(timeline.length);
  readTrends(decoder, details.trend, timeline);
  readRates(decoder, details.rate, timeline);
  readRuns(decoder, OFFSET, details.utcOffset);
  const trendWords = readNames(decoder, WORDS);
  readRuns(decoder, WORD, details.trendWord);
  return { ...details, trendWords };
}

function writeTrends(encoder: RangeEncoder, column: Uint8Array, timeline: Timeline): void {
  let last = 0;
  for (let i = 0; i < column.length; i++) {
    const trend = column[i] as number;
    const slope = slopeBand(timeline, i);
    encoder.bit(SAME_TREND + slope * (1 << TREND_BITS) + last, trend === last ? 0 : 1);
    if (trend !== last) encoder.tree(OTHER_TREND + slope * (1 << TREND_BITS), TREND_BITS, trend);
    last = trend;
  }
}

function readTrends(decoder: RangeDecoder, column: Uint8Array, timeline: Timeline): void {
  let last = 0;
  for (let i = 0; i < column.length; i++) {
    const slope = slopeBand(timeline, i);
    const same = decoder.bit(SAME_TREND + slope * (1 << TREND_BITS) + last) === 0;
    if (!same) last = decoder.tree(OTHER_TREND + slope * (1 << TREND_BITS), TREND_BITS);
    column[i] = last;
  }
}

/** Most vendors tell tenths: `step` is 10 where all rates are, else 1. */
function writeRates(encoder: RangeEncoder, column: Int16Array, timeline: Timeline): void {
  const step = column.every((rate) => rate === NOT_TOLD || rate % 10 === 0) ? 10 : 1;
  encoder.unsigned(RATE_STEP, step);
  let told = 0;
  let last = 0;
  for (let i = 0; i < column.length; i++) {
    const rate = column[i] as number;
    const isTold = rate === NOT_TOLD ? 0 : 1;
    encoder.bit(RATE_TOLD + told, isTold);
    if (isTold === 1) {
      encoder.signed(rateContexts(told), rate / step - expectedRate(timeline, i, last, step));
      last = rate;
    }
    told = isTold;
  }
}

function readRates(decoder: RangeDecoder, column: Int16Array, timeline: Timeline): void {
  const step = decoder.unsigned(RATE_STEP);
  let told = 0;
  let last = 0;
  for (let i = 0; i < column.length; i++) {
    const isTold = decoder.bit(RATE_TOLD + told);
    if (isTold === 1) {
      last = (decoder.signed(rateContexts(told)) + expectedRate(timeline, i, last, step)) * step;
      column[i] = last;
    }
    told = isTold;
  }
}

function rateContexts(told: number): number {
  return RATE + told * INTEGER_CONTEXTS;
}

/** Half the last rate, half what the values just did; in `step` hundredths of mg/dL per minute. */
function expectedRate(timeline: Timeline, index: number, last: number, step: number): number {
  const slope = slopeAt(timeline, index);
  return Math.trunc((last + (slope ?? last)) / (2 * step));
}

/** Hundredths of mg/dL per minute since the version before, if that was within 20 minutes. */
function slopeAt(timeline: Timeline, index: number): number | undefined {
  if (index === 0) return undefined;
  const seconds = (timeline.second[index] as number) - (timeline.second[index - 1] as number);
  if (seconds <= 0 || seconds > 1200) return undefined;
  const rise = (timeline.mgdl[index] as number) - (timeline.mgdl[index - 1] as number);
  return Math.trunc((rise * 6000) / seconds);
}

/** The seven bands in which arrows are drawn (1, 2 and 3 mg/dL per minute either way), and one for "cannot tell". */
function slopeBand(timeline: Timeline, index: number): number {
  const slope = slopeAt(timeline, index);
  if (slope === undefined) return 7;
  const size = slope < 0 ? -slope : slope;
  const steps = size < 100 ? 0 : size < 200 ? 1 : size < 300 ? 2 : 3;
  return slope < 0 ? 3 - steps : 3 + steps;
}
