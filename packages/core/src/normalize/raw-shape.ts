import type { RawReading, RawRejected } from "./raw-reading.ts";

/** Third-party code may hand over anything: the type is its promise, this looks whether it was kept. */
type Unchecked<T> = { readonly [K in keyof T]?: unknown };

export function isObject(given: unknown): given is object {
  return typeof given === "object" && given !== null;
}

/** The first field that is there and is not of its type. */
export function wrongFieldOf(raw: Unchecked<RawReading>): keyof RawReading | undefined {
  if (isTold(raw.time) && typeof raw.time !== "string" && typeof raw.time !== "number") return "time";
  if (isTold(raw.value) && typeof raw.value !== "number") return "value";
  if (isTold(raw.unit) && typeof raw.unit !== "string") return "unit";
  if (isTold(raw.rangeFlag) && !isRangeFlag(raw.rangeFlag)) return "rangeFlag";
  if (isTold(raw.trend) && typeof raw.trend !== "string") return "trend";
  if (isTold(raw.trendRate) && typeof raw.trendRate !== "number") return "trendRate";
  if (isTold(raw.utcOffsetMinutes) && typeof raw.utcOffsetMinutes !== "number") return "utcOffsetMinutes";
  if (isTold(raw.device) && typeof raw.device !== "string") return "device";
  return undefined;
}

/** A flag that cannot be read must not be dropped: without it, the number beside it would pass for a measurement. */
function isRangeFlag(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { side, bound } = given as { readonly side?: unknown; readonly bound?: unknown };
  return (side === "below" || side === "above") && (!isTold(bound) || typeof bound === "number");
}

function isTold(given: unknown): boolean {
  return given !== undefined && given !== null;
}

const REASONS: ReadonlySet<unknown> = new Set<RawRejected["reason"]>([
  "unreadable_record",
  "sensor_error",
  "time_unreadable",
  "time_without_zone",
  "glucose_missing",
]);

export function isRejected(given: Unchecked<RawRejected>): given is RawRejected {
  return REASONS.has(given.reason) && typeof given.detail === "string";
}
