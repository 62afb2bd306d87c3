import { type AttributeValue, QueryCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { MeteredTable } from "./dynamodb.ts";
import type { TextbookRow } from "./textbook-table.ts";

type Item = Record<string, AttributeValue>;

/** What a service without our day log would keep: an item per reading, written in one transaction with the item that says it is to be published. */
export interface TextbookItems {
  write(userId: string, source: string, receivedAt: string, rows: readonly TextbookRow[]): Promise<void>;
  /** As an API would answer, ascending. */
  read(userId: string, from: string, to: string): Promise<readonly unknown[]>;
}

/** A transaction takes 100 writes. */
const ROWS_OF_A_TRANSACTION = 50;
const PARALLEL = 8;

export function createTextbookItems({ client, name: TableName }: MeteredTable): TextbookItems {
  const transact = async (items: readonly Item[]): Promise<void> => {
    const TransactItems = items.map((Item) => ({ Put: { TableName, Item } }));
    await client.send(new TransactWriteItemsCommand({ TransactItems }));
  };
  return {
    async write(userId, source, receivedAt, rows) {
      const waiting = Array.from({ length: Math.ceil(rows.length / ROWS_OF_A_TRANSACTION) }, (_, i) =>
        rows.slice(i * ROWS_OF_A_TRANSACTION, (i + 1) * ROWS_OF_A_TRANSACTION),
      );
      const lane = async (): Promise<void> => {
        for (let batch = waiting.pop(); batch !== undefined; batch = waiting.pop()) {
          await transact(batch.flatMap((row) => [readingItem(userId, source, receivedAt, row), outboxItem(userId, row)]));
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, lane));
    },
    async read(userId, from, to) {
      const found: unknown[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const page = new QueryCommand({
          TableName,
          KeyConditionExpression: "p = :p AND s BETWEEN :from AND :to",
          ExpressionAttributeValues: { ":p": { S: userId }, ":from": { S: from }, ":to": { S: to } },
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        });
        const answered = await client.send(page);
        for (const { s, glucose_mg_dl } of answered.Items ?? []) found.push({ timestamp: s?.S, glucose_mg_dl: Number(glucose_mg_dl?.N) });
        ExclusiveStartKey = answered.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return found;
    },
  };
}

function readingItem(userId: string, source: string, receivedAt: string, row: TextbookRow): Item {
  return {
    p: { S: userId },
    s: { S: row.ts },
    glucose_mg_dl: { N: String(row.value) },
    unit: { S: row.unit },
    trend: { S: row.trend },
    source: { S: source },
    received_at: { S: receivedAt },
    ...(row.rangeFlag === null ? {} : { range_flag: { S: row.rangeFlag } }),
    ...(row.trendRate === null ? {} : { trend_rate: { N: String(row.trendRate) } }),
    ...(row.utcOffset === null ? {} : { utc_offset_minutes: { N: String(row.utcOffset) } }),
    ...(row.device === null ? {} : { device: { S: row.device } }),
  };
}

function outboxItem(userId: string, row: TextbookRow): Item {
  return {
    p: { S: "outbox" },
    s: { S: `${userId}/${row.ts}` },
    event_type: { S: "reading.recorded" },
    glucose_mg_dl: { N: String(row.value) },
  };
}
