import type {
  ApiKeyStore,
  AuthorizationStore,
  Clock,
  ConnectionStore,
  DeliveryIds,
  RateLedger,
  ReadingStore,
  ReplicaRegister,
} from "@bg-ingest/core";
import { type ClientConfig, createClient } from "./create-client.ts";
import { createDynamoDbApiKeyStore } from "./dynamodb-api-key-store.ts";
import { createDynamoDbAuthorizationStore } from "./dynamodb-authorization-store.ts";
import { createDynamoDbConnectionStore } from "./dynamodb-connection-store.ts";
import { createDynamoDbDeliveryIds } from "./dynamodb-delivery-ids.ts";
import { createDynamoDbRateLedger } from "./dynamodb-rate-ledger.ts";
import { createDynamoDbReadingStore } from "./dynamodb-reading-store.ts";
import { createDynamoDbReplicaRegister } from "./dynamodb-replica-register.ts";
import type { Table } from "./table.ts";

export interface DynamoDbStoreConfig extends ClientConfig {
  /** The name of the one table. */
  readonly table: string;
  readonly clock?: StoreClock;
}

/** By which a week is told; the machine's unless said otherwise. */
export type StoreClock = Pick<Clock, "nowMs">;

export interface DynamoDbStore {
  readonly table: Table;
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly authorizations: AuthorizationStore;
  readonly apiKeys: ApiKeyStore;
  readonly rateLedger: RateLedger;
  readonly deliveryIds: DeliveryIds;
  readonly replicaRegister: ReplicaRegister;
  /** Gives the sockets free. */
  close(): Promise<void>;
}

/** The ports over a client of their own, with retries, deadlines and limits that suit them. Asks nothing yet. */
export function createDynamoDbStore({ table: name, clock, ...config }: DynamoDbStoreConfig): DynamoDbStore {
  const client = createClient(config);
  return { ...createDynamoDbStoreOver({ client, name }, clock), close: async () => client.destroy() };
}

/** The same over a client that is there already. It should repeat throttled and failed requests, and give each a deadline. */
export function createDynamoDbStoreOver(table: Table, clock: StoreClock = { nowMs: Date.now }): Omit<DynamoDbStore, "close"> {
  return {
    table,
    readings: createDynamoDbReadingStore(table),
    connections: createDynamoDbConnectionStore(table),
    authorizations: createDynamoDbAuthorizationStore(table),
    apiKeys: createDynamoDbApiKeyStore(table),
    rateLedger: createDynamoDbRateLedger(table),
    deliveryIds: createDynamoDbDeliveryIds(table, clock),
    replicaRegister: createDynamoDbReplicaRegister(table),
  };
}
