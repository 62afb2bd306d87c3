import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Call, StoreError } from "@bg-ingest/core";
import type { ResultAsync } from "neverthrow";
import { ask } from "./ask.ts";
import type { Item, ItemKey, Table } from "./table.ts";

/** Strongly consistent. */
export function getItem({ client, name }: Table, key: ItemKey, call: Call): ResultAsync<Item | null, StoreError> {
  const get = new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true });
  return ask(call, (options) => client.send(get, options)).map(({ Item }) => Item ?? null);
}
