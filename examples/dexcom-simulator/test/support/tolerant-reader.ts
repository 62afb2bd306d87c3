import { MGDL_PER_MMOLL } from "@bg-ingest/core";

/** What anybody can read in a record of the vendor's, written here once more and apart from the simulator. */
export interface ReadRecord {
  readonly at: number;
  readonly mgdl: number;
  readonly flag: "below" | "above" | null;
}

const TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** Seconds since the epoch, a fraction dropped, without a zone in UTC; `null`: no time. */
function readTime(text: unknown): number | null {
  const parts = TIME.exec(String(text));
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const utc = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  if (new Date(utc * 1000).getUTCDate() !== day || year < 2000) return null;
  const offset = Number(parts[8] ?? 0) * 3600 + Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0);
  return parts[7] === "-" ? utc + offset : utc - offset;
}

/** `null`: there is no reading in it. */
export function readRecord(record: Readonly<Record<string, unknown>> | null): ReadRecord | null {
  if (typeof record !== "object" || record === null) return null;
  const { value, unit } = record;
  const at = readTime(record["systemTime"]);
  if (at === null || typeof value !== "number" || (unit !== "mg/dL" && unit !== "mmol/L")) return null;
  if (unit === "mmol/L") return { at, mgdl: Math.round(value * MGDL_PER_MMOLL), flag: null };
  return { at, mgdl: value, flag: value === 39 ? "below" : value === 401 ? "above" : null };
}
