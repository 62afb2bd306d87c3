import type { GlucoseUnit } from "@bg-ingest/core";

export const SERIES_MEDIA_TYPES = ["application/json", "application/x-ndjson", "text/csv"] as const;

export type SeriesMediaType = (typeof SERIES_MEDIA_TYPES)[number];

export const DETAILS = ["plain", "full"] as const;

export type Detail = (typeof DETAILS)[number];

/** How readings are written out. */
export interface Representation {
  readonly mediaType: SeriesMediaType;
  readonly detail: Detail;
  readonly unit: GlucoseUnit;
}

export const CONTENT_TYPES: Readonly<Record<SeriesMediaType, string>> = {
  "application/json": "application/json; charset=utf-8",
  "application/x-ndjson": "application/x-ndjson; charset=utf-8",
  "text/csv": "text/csv; charset=utf-8; header=present",
};

/** The names of a row's fields, in their order; the same in every form. */
export function fieldNames({ detail, unit }: Pick<Representation, "detail" | "unit">): readonly string[] {
  const plain = ["timestamp", glucoseName(unit)];
  return detail === "plain" ? plain : [...plain, ...FULL_BEFORE_BOUND, boundName(unit), ...FULL_AFTER_BOUND];
}

const FULL_BEFORE_BOUND = ["trend", "trend_rate_mg_dl_min", "range_flag"] as const;
const FULL_AFTER_BOUND = ["source", "device", "utc_offset_minutes", "received_at", "revision"] as const;

export function glucoseName(unit: GlucoseUnit): "glucose_mg_dl" | "glucose_mmol_l" {
  return unit === "mg/dL" ? "glucose_mg_dl" : "glucose_mmol_l";
}

/** The bound of a range flag, in the unit of the glucose beside it. */
export function boundName(unit: GlucoseUnit): "range_bound_mg_dl" | "range_bound_mmol_l" {
  return unit === "mg/dL" ? "range_bound_mg_dl" : "range_bound_mmol_l";
}
