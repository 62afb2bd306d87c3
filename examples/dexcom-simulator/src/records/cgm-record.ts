/** One record of a person's sensor, with all that ever becomes of it. */
export interface CgmRecord {
  readonly recordId: string;
  /** The device's clock in UTC, milliseconds since the epoch: what windows are cut by. */
  readonly systemTimeMs: number;
  readonly utcOffsetMinutes: number;
  readonly transmitterId: string;
  readonly transmitterTicks: number;
  readonly displayDevice: string;
  readonly unit: "mg/dL" | "mmol/L" | "unknown";
  /** Its time is written without seconds. */
  readonly isToTheMinute: boolean;
  /** How many digits its fraction of a second is written with; 0: none. */
  readonly fractionDigits: number;
  /** A text that stands in its place. */
  readonly brokenText: string | null;
  /** Oldest first, never empty. */
  readonly versions: readonly RecordVersion[];
  /** Draws for the ways it is written. */
  readonly bits: number;
}

export interface RecordVersion {
  /** Seconds since the epoch: shown from this moment on. */
  readonly publishedAt: number;
  /** As written, in the record's unit; 39 and 401 are a way of speaking. */
  readonly value: number | null;
  readonly status: "low" | "high" | null;
  readonly trend: string;
  /** mg/dL per minute. */
  readonly trendRate: number | null;
}

/** The version that is shown at a moment; `undefined`: none yet. */
export function shownVersion({ versions }: Pick<CgmRecord, "versions">, at: number): RecordVersion | undefined {
  return versions.findLast(({ publishedAt }) => publishedAt <= at);
}
