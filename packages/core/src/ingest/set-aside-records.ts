import type { SetAside } from "../normalize/set-aside.ts";
import type { SetAsideRecord } from "../ports/connection-store.ts";
import type { Digest } from "../ports/digest.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";

const LONGEST_RECORD = 4_096;
const LONGEST_DETAIL = 512;

/** The same record of the same source has the same key, whenever and however often it comes. */
export function toSetAsideRecord(sourceId: SourceId, setAside: SetAside, digest: Digest, now: Instant): SetAsideRecord {
  const record = toText(setAside.record);
  return {
    key: digest(`${sourceId}\n${record}`),
    reason: setAside.reason,
    detail: setAside.detail.slice(0, LONGEST_DETAIL),
    at: setAside.at,
    record: record.slice(0, LONGEST_RECORD),
    setAsideAt: now,
  };
}

/** What JSON cannot say (a cycle, a function) is named instead. */
function toText(record: unknown): string {
  // bug: JSON.stringify throws on cycles and big integers, which a provider may hand over; there is no way to ask it beforehand
  try {
    return JSON.stringify(record) ?? String(record);
  } catch {
    return `"[not JSON: ${typeof record}]"`;
  }
}
