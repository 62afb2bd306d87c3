import type { MockRecord } from "./mock-record.ts";

/** Prints records one after another; what they have in common is formatted once. */
export function createRecordPrinter(): (record: MockRecord) => string {
  const utcDay = createDayPrinter();
  const localDay = createDayPrinter();
  const transmitter = remembering(quote);
  const offset = remembering(offsetText);
  const generation = remembering(quote);
  const displayDevice = remembering(quote);
  return (record) => {
    const display = record.at + (record.utcOffsetMinutes ?? 0) * 60;
    const { unit } = record;
    return `{"recordId":"${record.recordId}","systemTime":"${utcDay(record.at)}T${clockText(record.at)}Z","displayTime":"${localDay(display)}T${clockText(display)}${offset(record.utcOffsetMinutes)}","transmitterId":${transmitter(record.transmitterId)},"transmitterTicks":${record.transmitterTicks},"value":${record.value},"status":${quote(record.status)},"trend":${quote(record.trend)},"trendRate":${record.trendRate},"unit":"${unit}","rateUnit":"${unit}/min","displayDevice":${displayDevice(record.displayDevice)},"transmitterGeneration":${generation(record.generation)},"displayApp":"Mock"}`;
  };
}

/** `2025-04-26T14:30:00Z` */
export function utcText(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
}

const SECONDS_PER_DAY = 86_400;

function createDayPrinter(): (at: number) => string {
  let day = Number.NaN;
  let text = "";
  return (at) => {
    const asked = Math.floor(at / SECONDS_PER_DAY);
    if (asked !== day) {
      day = asked;
      text = new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10);
    }
    return text;
  };
}

function clockText(at: number): string {
  const second = at - Math.floor(at / SECONDS_PER_DAY) * SECONDS_PER_DAY;
  return `${two(Math.floor(second / 3600))}:${two(Math.floor((second % 3600) / 60))}:${two(second % 60)}`;
}

function offsetText(minutes: number | null): string {
  if (minutes === null) return "";
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Records in a row mostly agree. */
function remembering<T>(format: (value: T) => string): (value: T) => string {
  let last: { readonly value: T; readonly text: string } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, text: format(value) };
    return last.text;
  };
}

function two(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}

const NEEDS_ESCAPES = /[^ !#-[\]-~]/;

function quote(text: string | null): string {
  if (text === null) return "null";
  return NEEDS_ESCAPES.test(text) ? JSON.stringify(text) : `"${text}"`;
}
