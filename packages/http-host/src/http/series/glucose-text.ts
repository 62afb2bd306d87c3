import { type GlucoseUnit, type Mgdl, toMmoll } from "@bg-ingest/core";

/** `110`, or in mmol/L with its one decimal, `6.0` as well as `6.1`. */
export function glucoseText(mgdl: Mgdl, unit: GlucoseUnit): string {
  return unit === "mg/dL" ? String(mgdl) : toMmoll(mgdl).toFixed(1);
}
