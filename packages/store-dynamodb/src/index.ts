export { createDynamoDbStore, createDynamoDbStoreOver, type DynamoDbStore, type DynamoDbStoreConfig } from "./create-dynamodb-store.ts";
export { checkTable, ensureTable, type TableRefused } from "./ensure-table.ts";
export { type DynamoDbClient, type Table, tableDefinition } from "./table.ts";
