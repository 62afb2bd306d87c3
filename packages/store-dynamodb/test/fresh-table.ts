import { randomUUID } from "node:crypto";
import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import type { Call } from "@bg-ingest/core";
import { inject } from "vitest";
import { createDynamoDbStore, type DynamoDbStore, type DynamoDbStoreConfig, ensureTable } from "../src/index.ts";

export const calm: Call = { signal: new AbortController().signal };

/** DynamoDB Local takes any. */
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** A table of one's own, empty. */
export interface FreshTable {
  readonly config: DynamoDbStoreConfig;
  readonly store: DynamoDbStore;
  /** As another process has it. */
  another(change?: Partial<DynamoDbStoreConfig>): DynamoDbStore;
  drop(): Promise<void>;
}

export async function freshTable(): Promise<FreshTable> {
  const config = { table: `test-${randomUUID()}`, region: "us-east-1", endpoint: inject("dynamoDbEndpoint") ?? "", credentials };
  const store = createDynamoDbStore(config);
  (await ensureTable(store.table, calm))._unsafeUnwrap();
  const opened = [store];
  return {
    config,
    store,
    another: (change = {}) => {
      const another = createDynamoDbStore({ ...config, ...change });
      opened.push(another);
      return another;
    },
    drop: async () => {
      await store.table.client.send(new DeleteTableCommand({ TableName: config.table }));
      for (const { close } of opened) await close();
    },
  };
}
