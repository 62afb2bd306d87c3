import type { GlucoseUnit } from "@bg-ingest/core";

/** One record as the vendor keeps it; `printRecord` gives its text. */
export interface MockRecord {
  readonly recordId: string;
  /** Whole seconds since the epoch. */
  readonly at: number;
  /** Of the wall clock that the device showed; `null`: the device did not know. */
  readonly utcOffsetMinutes: number | null;
  readonly transmitterId: string;
  readonly transmitterTicks: number;
  /** In `unit`; 39 or 401 mg/dL beside `low` and `high` is a way of speaking. */
  readonly value: number | null;
  /** `low` and `high`: beyond what the sensor measures. `sensorError`: there is no value. */
  readonly status: string | null;
  readonly trend: string | null;
  /** In `unit` per minute. */
  readonly trendRate: number | null;
  readonly unit: GlucoseUnit;
  readonly displayDevice: string;
  readonly generation: string;
}

/** What stands in a page: a record, or what a fault made of one. */
export type ServedRecord = MockRecord | { readonly at: number; readonly text: string };
