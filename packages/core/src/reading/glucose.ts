import { err, ok, type Result } from "neverthrow";

/** Glucose in whole mg/dL. mmol/L exists only at the edges. */
export type Mgdl = number & { readonly __unit: "mg/dL" };

export type GlucoseUnit = "mg/dL" | "mmol/L";

/** Order is part of the day codec: append only. */
export const GLUCOSE_UNITS = ["mg/dL", "mmol/L"] as const satisfies readonly GlucoseUnit[];

/** Molar mass of glucose, 180.1559 g/mol, over ten: mg/dL in one mmol/L. The only conversion factor of the project. */
export const MGDL_PER_MMOLL = 18.01559;

/** What a sensor or a strip can mean at all; beyond it a number is an error code or a mix-up of units. */
export const PLAUSIBLE_MGDL = { lowest: 20, highest: 1000 } as const;

export interface GlucoseOutOfRange {
  readonly kind: "glucose_out_of_range";
  readonly value: number;
  readonly unit: GlucoseUnit;
}

/** Rounds to whole mg/dL; refuses what lies outside 20–1,000 mg/dL, and NaN. */
export function toMgdl(value: number, unit: GlucoseUnit): Result<Mgdl, GlucoseOutOfRange> {
  const mgdl = Math.round(mgdlOf(value, unit));
  if (!(mgdl >= PLAUSIBLE_MGDL.lowest && mgdl <= PLAUSIBLE_MGDL.highest)) return err({ kind: "glucose_out_of_range", value, unit });
  return ok(mgdl as Mgdl);
}

/** mmol/L with one decimal, as meters show it: `110` → `6.1`. A one-decimal mmol/L value survives the way through `Mgdl` and back. */
export function toMmoll(mgdl: Mgdl): number {
  return Math.round((mgdl / MGDL_PER_MMOLL) * 10) / 10;
}

/** A concentration or a rate in mg/dL, not rounded. */
export function mgdlOf(value: number, unit: GlucoseUnit): number {
  return unit === "mg/dL" ? value : value * MGDL_PER_MMOLL;
}
