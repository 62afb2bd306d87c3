import {
  apiKeyStoreContract,
  authorizationStoreContract,
  type ContractCase,
  connectionStoreContract,
  createManualTime,
  type DeliveryIdsUnderTest,
  deliveryIdsContract,
  type ReplicaRegisterUnderTest,
  rateLedgerContract,
  readingStoreContract,
  replicaRegisterContract,
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

async function deliveryIds(): Promise<DeliveryIdsUnderTest> {
  const [table, clock] = [await freshTable(), createManualTime(1_745_000_000_000)];
  const opened = async () => table.another({ clock }).deliveryIds;
  return { port: await opened(), restarted: opened, close: table.drop, passTime: async (ms) => clock.pass(ms) };
}

async function replicaRegister(): Promise<ReplicaRegisterUnderTest> {
  return { ...(await portOf((store) => store.replicaRegister)), storeNowMs: Date.now };
}

const contracts: Readonly<Record<string, readonly ContractCase[]>> = {
  "a reading store": readingStoreContract(() => portOf(({ readings }) => readings)),
  "a connection store": connectionStoreContract(() => portOf(({ connections }) => connections)),
  "a store of keys": apiKeyStoreContract(() => portOf(({ apiKeys }) => apiKeys)),
  "an authorization store": authorizationStoreContract(() => portOf(({ authorizations }) => authorizations)),
  "delivery ids": deliveryIdsContract(deliveryIds),
  "a register of replicas": replicaRegisterContract(replicaRegister),
  "a rate ledger": rateLedgerContract(() => portOf(({ rateLedger }) => rateLedger)),
};

onDynamoDb.each(Object.entries(contracts))("DynamoDB keeps the promises of %s", (_, cases) => {
  for (const { id, run } of cases) it(id, run);
});
