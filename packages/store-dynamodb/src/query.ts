import { QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import type { Call, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { ask } from "./ask.ts";
import { cancelled } from "./map-dynamodb-error.ts";
import type { Item, ItemKey, Table } from "./table.ts";

/** Part of one partition. */
export interface Selection {
  readonly partition: string;
  /** Sort keys, both included. */
  readonly from: string;
  readonly to: string;
}

export interface Reading extends Pick<QueryCommandInput, "ConsistentRead" | "ScanIndexForward" | "ProjectionExpression"> {
  /** Items of the first page; each page is four times the one before. `null`: full pages of 1 MB from the first on. */
  readonly firstPage: number | null;
  /** Goes on after this one. */
  readonly after?: ItemKey;
}

const GROWTH = 4;
/** A page of so many small items is full. */
const LARGEST_PAGE = 1_000;

/** Item by item, page after page. Never throws; an `Err` comes last. */
export async function* query(
  { client, name }: Table,
  { partition, from, to }: Selection,
  { firstPage, after, ...reading }: Reading,
  call: Call,
): AsyncGenerator<Result<Item, StoreError>, void> {
  let start: Item | undefined = after;
  let limit = firstPage;
  do {
    const page = new QueryCommand({
      TableName: name,
      KeyConditionExpression: "p = :p AND s BETWEEN :from AND :to",
      ExpressionAttributeValues: { ":p": { S: partition }, ":from": { S: from }, ":to": { S: to } },
      ...reading,
      ...(limit === null ? {} : { Limit: limit }),
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const answered = await ask(call, (options) => client.send(page, options));
    if (answered.isErr()) return yield err(answered.error);
    for (const item of answered.value.Items ?? []) {
      if (call.signal.aborted) return yield err(cancelled);
      yield ok(item);
    }
    start = answered.value.LastEvaluatedKey;
    limit = limit === null || limit > LARGEST_PAGE ? null : limit * GROWTH;
  } while (start !== undefined);
}

/** All sort keys that begin so and go on with a letter or a digit. */
export function beginningWith(partition: string, prefix: string): Selection {
  return { partition, from: prefix, to: `${prefix}~` };
}

export async function collect<T>(items: AsyncIterable<Result<T, StoreError>>): Promise<Result<T[], StoreError>> {
  const all: T[] = [];
  for await (const item of items) {
    if (item.isErr()) return err(item.error);
    all.push(item.value);
  }
  return ok(all);
}
