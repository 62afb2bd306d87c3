import { mix, oneOf, unit } from "../chance.ts";
import type { CgmRecord, RecordVersion } from "../records/cgm-record.ts";
import type { Form } from "./record-forms.ts";
import { type TimeStyle, writeOffset, writeTime } from "./write-time.ts";

/** A record as it stands in a page. */
export function writeRecord(record: CgmRecord, version: RecordVersion, generation: "g6" | "g7", form: Form): string {
  if (record.brokenText !== null) return record.brokenText;
  const whole = fieldsOf(record, version, generation, form);
  const known = withWords(whole, form);
  return JSON.stringify(without(known, form("absent_fields")));
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(record: CgmRecord, version: RecordVersion, generation: "g6" | "g7", form: Form): Fields {
  const { unit: glucoseUnit } = record;
  const rate = version.trendRate;
  return {
    recordId: record.recordId,
    ...timesOf(record, form),
    transmitterId: record.transmitterId,
    transmitterTicks: form("zero_ticks") === undefined ? record.transmitterTicks : 0,
    value: version.value,
    status: version.status,
    trend: version.trend,
    trendRate: rate === null || glucoseUnit !== "mmol/L" ? rate : Math.round((rate / 18) * 100) / 100,
    unit: glucoseUnit,
    rateUnit: glucoseUnit === "unknown" ? "unknown" : `${glucoseUnit}/min`,
    displayDevice: record.displayDevice,
    transmitterGeneration: generation,
    displayApp: record.displayDevice === "receiver" ? null : generation.toUpperCase(),
  };
}

/** `systemTime` and `displayTime`. A receiver does not know its offset. */
export function timesOf(record: Omit<CgmRecord, "versions">, form: Form): { readonly systemTime: string; readonly displayTime: string } {
  const style: TimeStyle = {
    separator: form("blank_for_t") === undefined ? "T" : " ",
    hasSingleDigits: form("single_digits") !== undefined,
    hasSeconds: !record.isToTheMinute,
    fractionDigits: record.fractionDigits,
  };
  const isReceiver = record.displayDevice === "receiver";
  const offsetSeconds = record.utcOffsetMinutes * 60;
  const drift = record.isToTheMinute ? 0 : driftSeconds(form("offset_seconds"));
  const wallMs = record.systemTimeMs + (offsetSeconds + drift) * 1000;
  const systemOffset = isReceiver || form("zone_offset") === undefined ? null : offsetSeconds;
  return {
    systemTime:
      writeTime(record.systemTimeMs + (systemOffset ?? 0) * 1000, style) +
      (systemOffset === null ? (form("zone_missing") === undefined ? "Z" : "") : writeOffset(systemOffset)),
    displayTime: writeTime(wallMs, style) + (isReceiver ? "" : writeOffset(offsetSeconds + drift)),
  };
}

/** A wall clock less than a minute off, either way. */
function driftSeconds(bits: number | undefined): number {
  return bits === undefined ? 0 : (1 + ((bits >>> 1) % 59)) * (bits & 1 ? 1 : -1);
}

const LEFT_NULL = ["transmitterId", "status", "trend", "trendRate", "rateUnit", "displayDevice", "transmitterGeneration", "displayApp"];

function withWords(fields: Fields, form: Form): Fields {
  const odd = form("unknown_words");
  const extra = form("extra_fields");
  const empty = form("null_words");
  const named = odd === undefined ? fields : { ...fields, ...oddWords(odd, fields) };
  const nulls = empty === undefined ? [] : chosen(LEFT_NULL, empty);
  return {
    ...named,
    ...Object.fromEntries(nulls.map((name) => [name, null])),
    ...(extra === undefined ? {} : { noiseMode: "clean", algorithm: { name: "aq2", steps: [1, 2, 3] }, backfilled: (extra & 1) === 1 }),
  };
}

function oddWords(bits: number, { status }: Fields): Fields {
  return {
    trend: oneOf(mix(bits, 1), ["none", "unknown", "sideways", "tripleUp", ""]),
    status: status ?? oneOf(mix(bits, 2), ["ok", "unknown", "splendid"]),
    transmitterId: "",
    displayDevice: oneOf(mix(bits, 3), ["shareReceiver", "touchscreenReceiver", "unknown", "toaster"]),
    transmitterGeneration: oneOf(mix(bits, 4), ["g4", "g5", "g6+", "g6Pro", "g6 pro", "dexcomPro", "g715day", "unknown", "g99"]),
    displayApp: oneOf(mix(bits, 5), ["DexcomOne", "D1G7", "Stelo", "Something New"]),
  };
}

const DISPENSABLE = [...LEFT_NULL, "recordId", "transmitterTicks", "displayTime"];

function without(fields: Fields, bits: number | undefined): Fields {
  if (bits === undefined) return fields;
  const absent = new Set(chosen(DISPENSABLE, bits));
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !absent.has(name)));
}

/** Some four in ten of them, one at least. */
function chosen(names: readonly string[], bits: number): readonly string[] {
  const some = names.filter((_, index) => unit(mix(bits, index)) < 0.4);
  return some.length > 0 ? some : names.slice(0, 1);
}
