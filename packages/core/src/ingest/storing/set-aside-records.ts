import type { SetAsideRecord } from "../../ports/connection-store.ts";
import type { Digest } from "../../ports/digest.ts";
import type { SetAside } from "../../ports/set-aside.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";

const LONGEST_RECORD = 4_096;
const LONGEST_DETAIL = 512;

/** The same record of the same source has the same key, whenever and however often it comes. */
export function toSetAsideRecord(sourceId: SourceId, setAside: SetAside, digest: Digest, now: Instant): SetAsideRecord {
  const record = toText(setAside);
  return {
    key: digest(`${sourceId}\n${record}`),
    reason: setAside.reason,
    detail: cut(setAside.detail, LONGEST_DETAIL),
    at: setAside.at,
    record: cut(record, LONGEST_RECORD),
    setAsideAt: now,
  };
}

/** Cut in the middle of a character, a text would not come back from a store as it went in. */
function cut(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed();
}

/** What JSON cannot say (a cycle, a function) is told by what is known of it, so that two such records stay two. */
function toText({ record, reason, detail, at }: SetAside): string {
  // bug: JSON.stringify throws on cycles and big integers, which a provider may hand over; there is no way to ask it beforehand
  try {
    return JSON.stringify(record) ?? JSON.stringify({ not_json: typeof record, reason, detail, at });
  } catch {
    return JSON.stringify({ not_json: typeof record, reason, detail, at });
  }
}
