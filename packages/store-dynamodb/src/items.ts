import { BatchGetItemCommand, BatchWriteItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Call, StoreError } from "@bg-ingest/core";
import { err, ok, type Result, type ResultAsync } from "neverthrow";
import { ask, pause } from "./ask.ts";
import { type Item, type ItemKey, nameOf, type Table } from "./table.ts";

/** What one request takes at most. */
const KEYS_OF_A_GET = 100;
const ITEMS_OF_A_WRITE = 25;

/** Strongly consistent. */
export function getItem({ client, name }: Table, key: ItemKey, call: Call): ResultAsync<Item | null, StoreError> {
  const get = new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true });
  return ask(call, (options) => client.send(get, options)).map(({ Item }) => Item ?? null);
}

/** Those of the items that exist, in no order; strongly consistent. */
export async function getItems(
  { client, name }: Table,
  keys: readonly ItemKey[],
  call: Call,
): Promise<Result<readonly Item[], StoreError>> {
  const found: Item[] = [];
  const taken = await inBatches(distinct(keys), KEYS_OF_A_GET, call, async (batch) => {
    const request = { [name]: { Keys: [...batch], ConsistentRead: true } };
    const answered = await ask(call, (options) => client.send(new BatchGetItemCommand({ RequestItems: request }), options));
    return answered.map(({ Responses, UnprocessedKeys }) => {
      found.push(...(Responses?.[name] ?? []));
      return (UnprocessedKeys?.[name]?.Keys ?? []) as ItemKey[];
    });
  });
  return taken.map(() => found);
}

/** Writes items over whatever stands there. */
export function putItems({ client, name }: Table, items: readonly Item[], call: Call): Promise<Result<void, StoreError>> {
  return inBatches(items, ITEMS_OF_A_WRITE, call, async (batch) => {
    const request = { [name]: batch.map((Item) => ({ PutRequest: { Item } })) };
    const answered = await ask(call, (options) => client.send(new BatchWriteItemCommand({ RequestItems: request }), options));
    return answered.map(({ UnprocessedItems }) => (UnprocessedItems?.[name] ?? []).map(({ PutRequest }) => PutRequest?.Item as Item));
  });
}

/** Deletes items, there or not. */
export function deleteItems({ client, name }: Table, keys: readonly ItemKey[], call: Call): Promise<Result<void, StoreError>> {
  return inBatches(distinct(keys), ITEMS_OF_A_WRITE, call, async (batch) => {
    const request = { [name]: batch.map((key) => ({ DeleteRequest: { Key: key } })) };
    const answered = await ask(call, (options) => client.send(new BatchWriteItemCommand({ RequestItems: request }), options));
    return answered.map(({ UnprocessedItems }) =>
      (UnprocessedItems?.[name] ?? []).map(({ DeleteRequest }) => DeleteRequest?.Key as ItemKey),
    );
  });
}

/** DynamoDB refuses a batch that names an item twice. */
function distinct(keys: readonly ItemKey[]): readonly ItemKey[] {
  return [...new Map(keys.map((key) => [nameOf(key), key])).values()];
}

const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 2_000;
/** So many answers in a row that processed nothing: about ten seconds. */
const MOST_EMPTY_ANSWERS = 10;

const throttled: StoreError = {
  kind: "retry",
  message: "DynamoDB takes no more just now: part of this was not done. Call again.",
  retryAfterMs: LONGEST_WAIT_MS,
};

/** `take` answers what of a batch was left over: it goes to the end of what waits, and the longer nothing is taken, the longer is waited. */
async function inBatches<Each>(
  all: readonly Each[],
  size: number,
  call: Call,
  take: (batch: readonly Each[]) => PromiseLike<Result<readonly Each[], StoreError>>,
): Promise<Result<void, StoreError>> {
  const waiting = [...all];
  let emptyAnswers = 0;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, size);
    const left = await take(batch);
    if (left.isErr()) return err(left.error);
    waiting.push(...left.value);
    if (left.value.length === 0) continue;
    emptyAnswers = left.value.length < batch.length ? 0 : emptyAnswers + 1;
    if (emptyAnswers === MOST_EMPTY_ANSWERS) return err(throttled);
    const waited = await pause(Math.min(FIRST_WAIT_MS * 2 ** emptyAnswers, LONGEST_WAIT_MS), call);
    if (waited.isErr()) return err(waited.error);
  }
  return ok(undefined);
}
