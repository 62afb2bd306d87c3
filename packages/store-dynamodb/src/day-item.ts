import { type Day, type DayKey, type DayPut, type DaySpan, formatDay, type SourceId, type StoredDay, type UserId } from "@bg-ingest/core";
import { type VersionedItem, versioned, versionOf } from "./compare-and-set.ts";
import type { Item, ItemKey } from "./table.ts";

/** A user's days stand under the user's id, sorted by day and then by source: `2025-04-26/k3v9q0x7m2b5`. */
export function dayKeyOf({ userId, day, sourceId }: DayKey): ItemKey {
  return { p: { S: userId }, s: { S: `${formatDay(day)}/${sourceId}` } };
}

export function dayItemOf(put: DayPut): VersionedItem {
  return versioned(dayKeyOf(put), put.version, { b: { B: put.bytes } });
}

export function storedDayOf(item: Item): StoredDay {
  const [date = "", sourceId] = (item["s"]?.S ?? "").split("/");
  return {
    userId: item["p"]?.S as UserId,
    day: (Date.parse(date) / MS_PER_DAY) as Day,
    sourceId: sourceId as SourceId,
    version: versionOf(item),
    // A view of a whole answer would keep all of it in memory.
    bytes: Uint8Array.from(item["b"]?.B ?? []),
  };
}

const MS_PER_DAY = 86_400_000;

/** 0001-01-01 and 9999-12-31, between which dates sort as text. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

/** Sort keys from the first up to the last day, both included; `null` where the span is empty. A day's keys end in `/` and a source. */
export function sortKeysOf({ first, last }: DaySpan): { readonly from: string; readonly to: string } | null {
  const [from, to] = [Math.max(first, FIRST_DAY), Math.min(last, LAST_DAY)];
  return from > to ? null : { from: `${formatDay(from as Day)}/`, to: `${formatDay(to as Day)}/~` };
}
