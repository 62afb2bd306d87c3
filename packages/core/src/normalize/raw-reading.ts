import type { GlucoseUnit } from "../reading/glucose.ts";

/**
 * One record as a provider hands it over: its vendor's words translated, nothing checked. Plain data: a field that is not of its type here
 * makes the record unreadable, `null` and absent are the same.
 */
export interface RawReading {
  /** RFC 3339 with a zone, or milliseconds since the epoch. */
  readonly time: string | number;
  /** In `unit`. */
  readonly value: number;
  readonly unit: GlucoseUnit;
  /** Set where the vendor says "below what I measure" or "above"; the bound is in `unit`. */
  readonly rangeFlag?: { readonly side: "below" | "above"; readonly bound: number } | null;
  /** A canonical trend; any other word is kept beside `unknown`. */
  readonly trend?: string | null;
  /** In `unit` per minute. */
  readonly trendRate?: number | null;
  readonly utcOffsetMinutes?: number | null;
  readonly device?: string | null;
  /** What the vendor sent, kept if the reading is refused. */
  readonly record?: unknown;
}

/** A record that the provider itself could not read. `sensor_error`: the vendor said "no value" in the place of a value. */
export interface RawRejected {
  readonly reason: "unreadable_record" | "sensor_error" | "time_unreadable" | "time_without_zone" | "glucose_missing";
  readonly detail: string;
  readonly record: unknown;
}
