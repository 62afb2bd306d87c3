import {
  authorizationStoreContract,
  type ContractCase,
  connectionStoreContract,
  rateLedgerContract,
  readingStoreContract,
  type UnderTest,
} from "@bg-ingest/core/testing";
import { it } from "vitest";
import type { DynamoDbStore } from "../src/index.ts";
import { freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";

async function portOf<Port>(pick: (store: DynamoDbStore) => Port): Promise<UnderTest<Port>> {
  const table = await freshTable();
  return { port: pick(table.store), restarted: async () => pick(table.another()), close: table.drop };
}

const contracts: Readonly<Record<string, readonly ContractCase[]>> = {
  "a reading store": readingStoreContract(() => portOf(({ readings }) => readings)),
  "a connection store": connectionStoreContract(() => portOf(({ connections }) => connections)),
  "an authorization store": authorizationStoreContract(() => portOf(({ authorizations }) => authorizations)),
  "a rate ledger": rateLedgerContract(() => portOf(({ rateLedger }) => rateLedger)),
};

onDynamoDb.each(Object.entries(contracts))("DynamoDB keeps the promises of %s", (_, cases) => {
  for (const { id, run } of cases) it(id, run);
});
