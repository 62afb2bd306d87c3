import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { Call, ConnectionStore, ReplaceOutcome, SourceRecord, StoreError } from "@bg-ingest/core";
import { err, ok, Result } from "neverthrow";
import { askOnConditions } from "./ask.ts";
import { type Condition, compareAndSet, comparedWith, outcomeOf, over, type VersionedItem, versionOf } from "./compare-and-set.ts";
import { keyIn, recordKeyOf, recordsOf, scheduleOf, sortKeyIn } from "./item-keys.ts";
import { getItem } from "./items.ts";
import { collect, query } from "./query.ts";
import { entryIn, entryItemOf, recordIn, recordItemOf, slimRecordIn } from "./record-items.ts";
import type { Item, ItemKey, Table } from "./table.ts";

/** A record, and beside it its entry in the schedule, written together where the entry changes: that costs four times as much, and is rare. */
export function createRecords(table: Table): Pick<ConnectionStore, "recordsOf" | "replaceRecord" | "removeRecord" | "schedule"> {
  return {
    recordsOf: async (userId, call) => {
      const items = query(table, recordsOf(userId), { ConsistentRead: true, firstPage: null }, call);
      return (await collect(items)).andThen((found) => Result.combine(found.map(recordIn)));
    },
    replaceRecord: (record, expectedVersion, call) => replaceRecord(table, record, expectedVersion, call),
    removeRecord: (userId, provider, expectedVersion, call) =>
      removeRecord(table, recordKeyOf({ userId, provider }), expectedVersion, call),
    async *schedule(shard, call) {
      const items = query(table, scheduleOf(shard), { ConsistentRead: true, firstPage: null }, call);
      for await (const item of items) yield item.map(entryIn);
    },
  };
}

async function replaceRecord(
  table: Table,
  record: SourceRecord,
  expectedVersion: number,
  call: Call,
): Promise<Result<ReplaceOutcome, StoreError>> {
  const item = recordItemOf(record);
  if (expectedVersion === 0) return replaceWithEntry(table, record, item, null, call);
  const compared = await compareAndSet(table, item, overSameEntry(record, expectedVersion), call);
  if (compared.isErr()) return err(compared.error);
  if (compared.value.kind === "written") return ok({ kind: "written" });
  const { current } = compared.value;
  if (current === null || versionOf(current) !== expectedVersion) return ok({ kind: "conflict" });
  return replaceWithEntry(table, record, item, current, call);
}

/** Over the version expected, if its entry in the schedule says what that of `record` would say. */
function overSameEntry({ sourceId, phase, phaseSince }: SourceRecord, expectedVersion: number): Condition {
  return {
    ConditionExpression: "v = :v AND sourceId = :sourceId AND phase = :phase AND phaseSince = :phaseSince",
    ExpressionAttributeValues: {
      ":v": { N: String(expectedVersion) },
      ":sourceId": { S: sourceId },
      ":phase": { S: phase },
      ":phaseSince": { N: String(phaseSince) },
    },
  };
}

async function replaceWithEntry(
  { client, name: TableName }: Table,
  record: SourceRecord,
  item: VersionedItem,
  current: Item | null,
  call: Call,
): Promise<Result<ReplaceOutcome, StoreError>> {
  const entry = entryItemOf(record);
  const ended = current && entryItemOf(slimRecordIn(current));
  const put = { TableName, Item: item, ...overThis(current), ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [
      { Put: put },
      { Put: { TableName, Item: entry } },
      ...(ended === null || isSameKey(ended, entry) ? [] : [{ Delete: { TableName, Key: keyIn(ended) } }]),
    ],
  });
  const sent = await askOnConditions(call, (options) => client.send(transaction, options));
  if (sent.isErr()) return err(sent.error);
  return ok(sent.value.kind === "done" ? { kind: "written" } : outcomeOf(comparedWith(item, sent.value.refused[0]?.item ?? null)));
}

/** To know its entry in the schedule the record is read before. */
async function removeRecord(table: Table, key: ItemKey, expectedVersion: number, call: Call): Promise<Result<ReplaceOutcome, StoreError>> {
  const current = await getItem(table, key, call);
  if (current.isErr()) return err(current.error);
  if (current.value === null || versionOf(current.value) !== expectedVersion) return ok({ kind: "conflict" });
  const TableName = table.name;
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [
      { Delete: { TableName, Key: key, ...overThis(current.value) } },
      { Delete: { TableName, Key: keyIn(entryItemOf(slimRecordIn(current.value))) } },
    ],
  });
  const sent = await askOnConditions(call, (options) => table.client.send(transaction, options));
  return sent.map(({ kind }) => ({ kind: kind === "done" ? "written" : "conflict" }));
}

/** Over what was read, and nothing else that may bear its version. */
function overThis(current: Item | null): Condition {
  if (current === null) return over(0);
  const { v, w } = current as VersionedItem;
  return { ConditionExpression: "v = :v AND w = :w", ExpressionAttributeValues: { ":v": v, ":w": w } };
}

function isSameKey(a: Item, b: Item): boolean {
  return a["p"]?.S === b["p"]?.S && sortKeyIn(a) === sortKeyIn(b);
}
