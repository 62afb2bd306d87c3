import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { ConnectionStore, RateLedger, ReadingStore } from "@bg-ingest/core";
import { createDynamoDbConnectionStore } from "./dynamodb-connection-store.ts";
import { createDynamoDbRateLedger } from "./dynamodb-rate-ledger.ts";
import { createDynamoDbReadingStore } from "./dynamodb-reading-store.ts";
import type { Table } from "./table.ts";

export interface DynamoDbStoreConfig {
  /** The name of the one table. */
  readonly table: string;
  readonly region: string;
  /** Where DynamoDB is, if not where the region says. */
  readonly endpoint?: string;
  /** The SDK's usual places if absent: environment, profile, role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface DynamoDbStore {
  readonly table: Table;
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly rateLedger: RateLedger;
  readonly close: () => void;
}

/** The longest that one attempt may take; DynamoDB mostly answers within 10 ms. */
const CONNECT_MS = 1_000;
const ATTEMPT_MS = 3_000;
/** The SDK repeats what was throttled, failed or got no answer, with backoff and jitter. A condition that did not hold is never repeated. */
const MOST_ATTEMPTS = 4;
const SOCKETS = 256;

export function createDynamoDbStore({ table: name, region, endpoint, credentials }: DynamoDbStoreConfig): DynamoDbStore {
  const client = new DynamoDBClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: MOST_ATTEMPTS,
    retryMode: "standard",
    requestHandler,
  });
  const table: Table = { client, name };
  return {
    table,
    readings: createDynamoDbReadingStore(table),
    connections: createDynamoDbConnectionStore(table),
    rateLedger: createDynamoDbRateLedger(table),
    close: () => client.destroy(),
  };
}

const requestHandler: NonNullable<DynamoDBClientConfig["requestHandler"]> = {
  connectionTimeout: CONNECT_MS,
  requestTimeout: ATTEMPT_MS,
  throwOnRequestTimeout: true,
  httpAgent: { keepAlive: true, maxSockets: SOCKETS },
  httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
};
