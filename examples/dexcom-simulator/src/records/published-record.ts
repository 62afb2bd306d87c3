import { MGDL_PER_MMOLL } from "@bg-ingest/core";
import type { CgmRecord, RecordVersion } from "./cgm-record.ts";

/** What is true of a record, for tests to compare with. */
export interface PublishedRecord {
  readonly recordId: string;
  /** Whole seconds since the epoch, a fraction dropped. */
  readonly at: number;
  /** Oldest first: more than one where the vendor changed its mind. */
  readonly versions: readonly PublishedVersion[];
}

export interface PublishedVersion {
  /** Seconds since the epoch: shown from this moment on. */
  readonly publishedAt: number;
  /** Whole mg/dL; beside a flag 39 or 401, as the vendor writes it; `null`: there is no reading in it. */
  readonly mgdl: number | null;
  readonly flag: "below" | "above" | null;
  /** Why there is no reading in it; `null`: there is one. */
  readonly unreadable: "no_value" | "unknown_unit" | "broken_record" | null;
}

/** Seconds since the epoch. */
export interface PublishedSpan {
  /** Inclusive; the beginning of the account by default. */
  readonly from?: number | undefined;
  /** Exclusive; the end of the account or of what is known by default. */
  readonly to?: number | undefined;
  /** Now by default. */
  readonly asOf?: number | undefined;
}

export function publishedRecord(record: CgmRecord, asOf: number): PublishedRecord | null {
  const versions = record.versions.filter(({ publishedAt }) => publishedAt <= asOf).map((version) => publishedVersion(record, version));
  return versions.length === 0 ? null : { recordId: record.recordId, at: Math.floor(record.systemTimeMs / 1000), versions };
}

function publishedVersion(record: CgmRecord, { publishedAt, value }: RecordVersion): PublishedVersion {
  const unreadable = whyUnreadable(record, value);
  if (unreadable !== null || value === null) return { publishedAt, mgdl: null, flag: null, unreadable };
  if (record.unit === "mmol/L") return { publishedAt, mgdl: Math.round(value * MGDL_PER_MMOLL), flag: null, unreadable: null };
  const flag = value < 40 ? "below" : value > 400 ? "above" : null;
  return { publishedAt, mgdl: value, flag, unreadable: null };
}

function whyUnreadable(record: CgmRecord, value: number | null): PublishedVersion["unreadable"] {
  if (record.brokenText !== null) return "broken_record";
  if (value === null) return "no_value";
  return record.unit === "unknown" ? "unknown_unit" : null;
}
