import type { Call, ConnectionStore, SourceKey, StoreError } from "@bg-ingest/core";
import { err, type Result } from "neverthrow";
import { allAsideOf, keyIn, secretsKeyOf } from "./item-keys.ts";
import { deleteItems } from "./items.ts";
import { collect, query } from "./query.ts";
import { createRecords } from "./records.ts";
import { createSecrets } from "./secrets.ts";
import { createSetAside } from "./set-aside.ts";
import type { Table } from "./table.ts";

export function createDynamoDbConnectionStore(table: Table): ConnectionStore {
  return {
    ...createRecords(table),
    ...createSecrets(table),
    ...createSetAside(table),
    eraseSource: (source, call) => eraseSource(table, source, call),
  };
}

/** The credentials go first: nothing is asked of the vendor with them any more. */
async function eraseSource(table: Table, source: SourceKey, call: Call): Promise<Result<void, StoreError>> {
  const reading = { ConsistentRead: true, ProjectionExpression: "p, s", firstPage: null };
  const aside = await collect(query(table, allAsideOf(source), reading, call));
  if (aside.isErr()) return err(aside.error);
  return deleteItems(table, [secretsKeyOf(source), ...aside.value.map(keyIn)], call);
}
