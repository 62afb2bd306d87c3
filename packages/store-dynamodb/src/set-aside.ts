import { type TransactWriteItem, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { Call, ConnectionStore, SetAsideRecord, SourceKey, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { askOnConditions } from "./ask.ts";
import { asideCountKeyOf, asideMarkKeyOf, asideRecordKeyOf, sortKeyIn } from "./item-keys.ts";
import { getItem, getItems } from "./items.ts";
import { pageOfSetAside } from "./set-aside-page.ts";
import type { Table } from "./table.ts";

/**
 * A record stands under its time, to be read newest first; a mark under the digest of its content says that it is kept; a number counts them.
 * The three are written together or not at all.
 */
export function createSetAside(table: Table): Pick<ConnectionStore, "setAside" | "setAsideOf" | "countSetAside"> {
  return {
    setAside: (source, records, call) => keep(table, source, records, call),
    setAsideOf: (source, page, call) => pageOfSetAside(table, source, page, call),
    countSetAside: (source, call) => getItem(table, asideCountKeyOf(source), call).map((item) => Number(item?.["count"]?.N ?? 0)),
  };
}

/** A transaction takes 100 writes. */
const RECORDS_OF_A_TRANSACTION = 49;

async function keep(table: Table, source: SourceKey, records: readonly SetAsideRecord[], call: Call): Promise<Result<void, StoreError>> {
  const unknown = await withoutKnown(table, source, records, call);
  if (unknown.isErr()) return err(unknown.error);
  const waiting = [...unknown.value];
  while (waiting.length > 0) {
    const batch = waiting.splice(0, RECORDS_OF_A_TRANSACTION);
    const left = await keepTogether(table, source, batch, call);
    if (left.isErr()) return err(left.error);
    waiting.unshift(...left.value);
  }
  return ok(undefined);
}

/** Overlapping polls bring the same records again: to look costs a tenth of a transaction that fails. */
async function withoutKnown(
  table: Table,
  source: SourceKey,
  records: readonly SetAsideRecord[],
  call: Call,
): Promise<Result<readonly SetAsideRecord[], StoreError>> {
  const first = new Map(records.toReversed().map((record) => [record.key, record]));
  const distinct = records.filter((record) => first.get(record.key) === record);
  const marks = await getItems(
    table,
    distinct.map(({ key }) => asideMarkKeyOf(source, key)),
    call,
  );
  return marks.map((items) => {
    const known = new Set(items.map(sortKeyIn));
    return distinct.filter(({ key }) => !known.has(asideMarkKeyOf(source, key).s.S));
  });
}

/** All of them, or none if somebody has kept one meanwhile: then the others are answered, to be kept without it. */
async function keepTogether(
  { client, name: TableName }: Table,
  source: SourceKey,
  batch: readonly SetAsideRecord[],
  call: Call,
): Promise<Result<readonly SetAsideRecord[], StoreError>> {
  const marks = batch.map(({ key }): TransactWriteItem => {
    return { Put: { TableName, Item: asideMarkKeyOf(source, key), ConditionExpression: "attribute_not_exists(p)" } };
  });
  const records = batch.map((record): TransactWriteItem => ({ Put: { TableName, Item: itemOf(source, record) } }));
  const count: TransactWriteItem = {
    Update: {
      TableName,
      Key: asideCountKeyOf(source),
      UpdateExpression: "ADD #count :added",
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: { ":added": { N: String(batch.length) } },
    },
  };
  const transaction = new TransactWriteItemsCommand({ TransactItems: [...marks, ...records, count] });
  const sent = await askOnConditions(call, (options) => client.send(transaction, options));
  if (sent.isErr()) return err(sent.error);
  if (sent.value.kind === "done") return ok([]);
  const known = new Set(sent.value.refused.map(({ at }) => at));
  return ok(batch.filter((_, at) => !known.has(at)));
}

function itemOf(source: SourceKey, record: SetAsideRecord) {
  const { reason, detail, at, record: text } = record;
  return {
    ...asideRecordKeyOf(source, record),
    reason: { S: reason },
    detail: { S: detail },
    record: { S: text },
    ...(at === null ? {} : { at: { N: String(at) } }),
  };
}
