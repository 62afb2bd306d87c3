import type { Call, Instant, SetAsidePage, SetAsideRecord, SourceKey, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { asideRecordKeyOf, asideRecordsOf, sortKeyIn } from "./item-keys.ts";
import { query } from "./query.ts";
import type { Item, Table } from "./table.ts";

/** Newest first. */
export async function pageOfSetAside(
  table: Table,
  source: SourceKey,
  { limit, after }: { readonly limit: number; readonly after: string | null },
  call: Call,
): Promise<Result<SetAsidePage, StoreError>> {
  const last = after === null ? null : parseMark(after);
  if (after !== null && last === null) return err(unreadableMark);
  const reading = {
    ConsistentRead: true,
    ScanIndexForward: false,
    // One more tells whether this is the end.
    firstPage: limit + 1,
    ...(last === null ? {} : { after: asideRecordKeyOf(source, last) }),
  };
  const records: SetAsideRecord[] = [];
  for await (const item of query(table, asideRecordsOf(source), reading, call)) {
    if (item.isErr()) return err(item.error);
    if (records.length === limit) return ok({ records, next: markOf(records.at(-1)) });
    records.push(recordIn(item.value));
  }
  return ok({ records, next: null });
}

type Mark = Pick<SetAsideRecord, "setAsideAt" | "key">;

const unreadableMark: StoreError = { kind: "stop", message: "The page mark is unreadable: no page was read. Start again without one." };

const MARK = /^(\d{1,12})\.(.{1,256})$/;

function parseMark(text: string): Mark | null {
  const [, setAsideAt, key] = MARK.exec(text) ?? [];
  return key === undefined ? null : { setAsideAt: Number(setAsideAt) as Instant, key };
}

function markOf(last: Mark | undefined): string | null {
  return last === undefined ? null : `${last.setAsideAt}.${last.key}`;
}

function recordIn(item: Item): SetAsideRecord {
  const [, , , setAsideAt, key = ""] = sortKeyIn(item).split("/");
  return {
    key,
    reason: item["reason"]?.S ?? "",
    detail: item["detail"]?.S ?? "",
    at: item["at"]?.N === undefined ? null : (Number(item["at"].N) as Instant),
    record: item["record"]?.S ?? "",
    setAsideAt: Number(setAsideAt) as Instant,
  };
}
