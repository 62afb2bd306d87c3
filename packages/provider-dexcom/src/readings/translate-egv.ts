import { type GlucoseUnit, MGDL_PER_MMOLL, mgdlOf, type RawReading, type RawRejected, type Trend } from "@bg-ingest/core";
import type { WireEgv } from "../api/wire-schema.ts";
import { parseDexcomTime, utcOffsetMinutes } from "./dexcom-time.ts";

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
  ["unknown", "unknown"],
]);

/** Where Dexcom's numbers end: 39 says "below 40", 401 says "above 400". */
const MEASURED_MGDL = { lowest: 40, highest: 400 } as const;
const BOUNDS: Readonly<Record<GlucoseUnit, { readonly lowest: number; readonly highest: number }>> = {
  "mg/dL": MEASURED_MGDL,
  "mmol/L": { lowest: 2.2, highest: 22.2 },
};

/** Turns an EGV into a reading. `record` is what Dexcom sent. */
export function translateEgv(wire: WireEgv, record: unknown): RawReading | RawRejected {
  const system = parseDexcomTime(wire.systemTime);
  if (system === null) return { reason: "time_unreadable", detail: "systemTime has none of the forms that Dexcom prints.", record };
  const { value } = wire;
  if (value === null || value === undefined) return { reason: "glucose_missing", detail: "The record has no value.", record };
  const unit = unitOf(wire.unit, value);
  if (unit === null) return { reason: "glucose_missing", detail: "The value's unit is neither mg/dL nor mmol/L.", record };
  const rangeFlag = rangeFlagOf(wire.status, value, unit);
  if (rangeFlag === "contradiction") return { reason: "unreadable_record", detail: "Status and value say opposite things.", record };
  const display = parseDexcomTime(wire.displayTime ?? "");
  return {
    time: system.utcSeconds * 1000,
    value,
    unit,
    rangeFlag,
    trend: trendOf(wire.trend),
    trendRate: trendRateOf(wire, unit),
    utcOffsetMinutes: display === null ? null : utcOffsetMinutes(system, display),
    device: wire.transmitterId || null,
    record,
  };
}

/** Dexcom documents mg/dL for every value. Without a word for it, what only mmol/L could be is not guessed at. */
function unitOf(word: string | null | undefined, value: number): GlucoseUnit | null {
  if (word === null || word === undefined) return value >= MEASURED_MGDL.lowest - 1 ? "mg/dL" : null;
  if (word.toLowerCase() === "mg/dl") return "mg/dL";
  return word.toLowerCase() === "mmol/l" ? "mmol/L" : null;
}

type RangeFlagged = NonNullable<RawReading["rangeFlag"]> | null;

/**
 * A value beyond what the sensor measures is a state and no number, whether `status` says so or not. Inside, the number stands, but for the
 * bound itself with a status.
 */
function rangeFlagOf(status: string | null | undefined, value: number, unit: GlucoseUnit): RangeFlagged | "contradiction" {
  const mgdl = Math.round(mgdlOf(value, unit));
  const { lowest, highest } = MEASURED_MGDL;
  const isBelow = mgdl < lowest || (mgdl === lowest && status === "low");
  const isAbove = mgdl > highest || (mgdl === highest && status === "high");
  if ((isBelow && status === "high") || (isAbove && status === "low")) return "contradiction";
  if (isBelow) return { side: "below", bound: BOUNDS[unit].lowest };
  return isAbove ? { side: "above", bound: BOUNDS[unit].highest } : null;
}

/** A word that we do not know goes on as it is: it is kept beside "unknown". */
function trendOf(word: string | null | undefined): string | null {
  return word === null || word === undefined ? null : (TRENDS.get(word) ?? word);
}

/** Per minute, in the unit of the value. Without a word for it, a rate is in mg/dL, as documented. */
function trendRateOf({ trendRate, rateUnit }: WireEgv, unit: GlucoseUnit): number | null {
  if (trendRate === null || trendRate === undefined) return null;
  const word = (rateUnit ?? "mg/dL/min").toLowerCase();
  if (word === `${unit.toLowerCase()}/min`) return trendRate;
  if (word === "mg/dl/min") return trendRate / MGDL_PER_MMOLL;
  return word === "mmol/l/min" ? mgdlOf(trendRate, "mmol/L") : null;
}
