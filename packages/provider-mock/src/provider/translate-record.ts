import type { GlucoseUnit, RawReading, RawRejected, Trend } from "@bg-ingest/core";
import type { WireRecord } from "./wire-schema.ts";
import { createTimeReader, offsetMinutes } from "./wire-time.ts";

/** Where the sensor's numbers end, in either unit. */
const MEASURED: Readonly<Record<GlucoseUnit, { readonly lowest: number; readonly highest: number }>> = {
  "mg/dL": { lowest: 40, highest: 400 },
  "mmol/L": { lowest: 2.2, highest: 22.2 },
};

const TRENDS: ReadonlyMap<string, Trend> = new Map([
  ["doubleUp", "rising_very_fast"],
  ["singleUp", "rising_fast"],
  ["fortyFiveUp", "rising"],
  ["flat", "steady"],
  ["fortyFiveDown", "falling"],
  ["singleDown", "falling_fast"],
  ["doubleDown", "falling_very_fast"],
  ["notComputable", "not_computable"],
  ["rateOutOfRange", "rate_out_of_range"],
  ["none", "unknown"],
]);

/** Turns the vendor's records into ours, one after another. `record` is what the vendor sent. */
export function createTranslator(): (wire: WireRecord, record: unknown) => RawReading | RawRejected {
  const readTime = createTimeReader();
  return (wire, record) => {
    const time = readTime(wire.systemTime);
    if (time.isErr()) return { reason: time.error.kind, detail: WHY_TIME[time.error.kind], record };
    const { unit, value } = wire;
    if (wire.status === "sensorError") return { reason: "sensor_error", detail: "The vendor says that the sensor failed.", record };
    if (value === null || value === undefined) return { reason: "glucose_missing", detail: "The record has no value.", record };
    if (unit !== "mg/dL" && unit !== "mmol/L")
      return { reason: "unreadable_record", detail: "The unit is neither mg/dL nor mmol/L.", record };
    return {
      time: time.value,
      value,
      unit,
      rangeFlag: toRangeFlag(wire.status, unit),
      trend: toTrend(wire.trend),
      trendRate:
        wire.rateUnit === undefined || wire.rateUnit === null || wire.rateUnit === RATE_UNIT[unit] ? (wire.trendRate ?? null) : null,
      utcOffsetMinutes: offsetMinutes(wire.displayTime),
      device: wire.transmitterId || null,
      record,
    };
  };
}

const RATE_UNIT: Readonly<Record<GlucoseUnit, string>> = { "mg/dL": "mg/dL/min", "mmol/L": "mmol/L/min" };

const WHY_TIME = {
  time_unreadable: "systemTime is no RFC 3339 time.",
  time_without_zone: "systemTime has no zone: it may be anybody's wall clock.",
} as const;

/** 39 or 401 mg/dL without such a status is a number. */
function toRangeFlag(status: string | null | undefined, unit: GlucoseUnit): NonNullable<RawReading["rangeFlag"]> | null {
  if (status === "low") return { side: "below", bound: MEASURED[unit].lowest };
  if (status === "high") return { side: "above", bound: MEASURED[unit].highest };
  return null;
}

function toTrend(word: string | null | undefined): string | null {
  return word === null || word === undefined ? null : (TRENDS.get(word) ?? word);
}
