import { QueryCommand } from "@aws-sdk/client-dynamodb";
import type { Call, Instant, SetAsidePage, SetAsideRecord, SourceKey, StoreError } from "@bg-ingest/core";
import { errAsync, type ResultAsync } from "neverthrow";
import { ask } from "./ask.ts";
import { asideRecordKeyOf, asideRecordsOf, sortKeyIn } from "./item-keys.ts";
import type { Item, Table } from "./table.ts";

/** Newest first. A page that would be larger than 1 MB ends early. */
export function pageOfSetAside(
  { client, name }: Table,
  source: SourceKey,
  { limit, after }: { readonly limit: number; readonly after: string | null },
  call: Call,
): ResultAsync<SetAsidePage, StoreError> {
  const last = after === null ? null : parseMark(after);
  if (after !== null && last === null) return errAsync(unreadableMark);
  const { partition, from, to } = asideRecordsOf(source);
  const page = new QueryCommand({
    TableName: name,
    KeyConditionExpression: "p = :p AND s BETWEEN :from AND :to",
    ExpressionAttributeValues: { ":p": { S: partition }, ":from": { S: from }, ":to": { S: to } },
    ConsistentRead: true,
    ScanIndexForward: false,
    // One more tells whether this is the end.
    Limit: limit + 1,
    ...(last === null ? {} : { ExclusiveStartKey: asideRecordKeyOf(source, last) }),
  });
  return ask(call, (options) => client.send(page, options)).map(({ Items = [], LastEvaluatedKey }) => {
    const records = Items.slice(0, limit).map(recordIn);
    const isMore = Items.length > limit || LastEvaluatedKey !== undefined;
    return { records, next: isMore ? markOf(records.at(-1)) : null };
  });
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
