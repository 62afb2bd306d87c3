import type { ConnectionStore, ReadingStore } from "@bg-ingest/core";
import { openSqliteStoreReadOnly } from "@bg-ingest/store-sqlite";
import { ok, type Result } from "neverthrow";

/** Where a service keeps its readings. */
export type StoreAddress =
  | { readonly kind: "sqlite"; readonly dataDir: string }
  | { readonly kind: "dynamodb"; readonly table: string; readonly region: string; readonly endpoint: string | null };

/** What is asked of a store here: nothing that writes. */
export interface OpenedStore {
  readonly readings: ReadingStore;
  readonly connections: Pick<ConnectionStore, "recordsOf" | "schedule">;
  close(): Promise<void>;
}

/** Opens the store beside whoever writes it. A table is not looked at before it is asked; its credentials are those of the AWS SDK's usual places. */
export async function openStore(address: StoreAddress): Promise<Result<OpenedStore, string>> {
  switch (address.kind) {
    case "sqlite":
      return openSqliteStoreReadOnly({ dataDir: address.dataDir }).mapErr(({ message }) => message);
    case "dynamodb": {
      // The AWS SDK takes longer to load than most answers take.
      const { createDynamoDbStore } = await import("@bg-ingest/store-dynamodb");
      const { table, region, endpoint } = address;
      return ok(createDynamoDbStore({ table, region, ...(endpoint !== null && { endpoint }) }));
    }
  }
}
