import { PLAUSIBLE_MGDL, type RawReading, type RawRejected, type Trend } from "@bg-ingest/core";
import type { WireMeasurement } from "../api/wire-schema.ts";
import { parseWireTime, utcOffsetMinutes } from "./wire-time.ts";

/** The five arrows. 0 says that there is none. */
const TRENDS: ReadonlyMap<number, Trend> = new Map([
  [1, "falling_fast"],
  [2, "falling"],
  [3, "steady"],
  [4, "rising"],
  [5, "rising_fast"],
]);

/** Where the sensors' numbers end: 40 everywhere, and 400 or 500 as the country has it. */
const LOWEST = 40;
const HIGHEST = [500, 400] as const;

/**
 * Turns a measurement into a reading, the current one and one of the graph alike. The graph tells no trend: then none is claimed, so that the
 * arrow that came with the current reading stands when the same instant comes again without one.
 */
export function translateMeasurement(wire: WireMeasurement, record: unknown): RawReading | RawRejected {
  const utcMs = parseWireTime(wire.FactoryTimestamp);
  if (utcMs === null) return { reason: "time_unreadable", detail: "FactoryTimestamp is not of the form M/D/YYYY h:mm:ss AM/PM.", record };
  const measured = measuredOf(wire);
  if (measured === null) return { reason: "glucose_missing", detail: "ValueInMgPerDl holds no number that glucose can have.", record };
  const wallMs = parseWireTime(wire.Timestamp ?? "");
  return {
    time: utcMs,
    ...measured,
    unit: "mg/dL",
    trend: trendOf(wire.TrendArrow),
    utcOffsetMinutes: wallMs === null ? null : utcOffsetMinutes(utcMs, wallMs),
    record,
  };
}

type Measured = Pick<RawReading, "value" | "rangeFlag">;

/**
 * Beyond what the sensor measures is a state and no number, whether `isLow` and `isHigh` say so or not. Inside, the number stands, whatever
 * they say: they are documented nowhere, and may be meant otherwise. A low without a number is told all the same.
 */
function measuredOf({ ValueInMgPerDl: value, isLow, isHigh }: WireMeasurement): Measured | null {
  if (value === null || value === undefined || value < PLAUSIBLE_MGDL.lowest) return isLow === true ? below(LOWEST) : null;
  if (value < LOWEST || (value === LOWEST && isLow === true)) return below(value);
  const [most] = HIGHEST;
  if (value > most) return { value, rangeFlag: { side: "above", bound: most } };
  // 401 says "above 400" as 39 says "below 40".
  const bound = isHigh === true ? HIGHEST.find((highest) => value === highest || value === highest + 1) : undefined;
  return bound === undefined ? { value } : { value, rangeFlag: { side: "above", bound } };
}

function below(value: number): Measured {
  return { value, rangeFlag: { side: "below", bound: LOWEST } };
}

/** An arrow that we do not know is kept beside "unknown". */
function trendOf(arrow: number | null | undefined): string | null {
  return arrow === null || arrow === undefined || arrow === 0 ? null : (TRENDS.get(arrow) ?? `arrow ${arrow}`);
}
