export { createDynamoDbStore, type DynamoDbStore, type DynamoDbStoreConfig } from "./create-dynamodb-store.ts";
export { createDynamoDbConnectionStore } from "./dynamodb-connection-store.ts";
export { createDynamoDbRateLedger } from "./dynamodb-rate-ledger.ts";
export { createDynamoDbReadingStore } from "./dynamodb-reading-store.ts";
export { type DynamoDbClient, type Table, tableDefinition } from "./table.ts";
