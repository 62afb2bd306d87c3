export { API_KEYS_FILE_NAME, openSqliteApiKeys, type SqliteApiKeys } from "./open-sqlite-api-keys.ts";
export { openSqliteStore, type SqliteStore, type SqliteStoreDeps } from "./open-sqlite-store.ts";
export { openSqliteStoreReadOnly, type ReadOnlySqliteStore } from "./open-sqlite-store-read-only.ts";
export type { SqliteStoreRefused } from "./refusal.ts";
export { STORE_FILE_NAME, type StorePlace } from "./store-file.ts";
export type { StoreTime } from "./store-time.ts";
