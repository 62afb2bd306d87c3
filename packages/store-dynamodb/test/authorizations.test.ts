import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { addSeconds, MOST_PENDING_OF_USER } from "@bg-ingest/core";
import { expect, it } from "vitest";
import { calm, type FreshTable, freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { anna, must, pendingOf } from "./samples.ts";

async function itemsOf({ config, store }: FreshTable): Promise<number> {
  const { Count = 0 } = await store.table.client.send(new ScanCommand({ TableName: config.table, Select: "COUNT" }));
  return Count;
}

onDynamoDb("authorisations that were begun", () => {
  it("leave nothing behind once they are taken, have expired or had to give way", async () => {
    const table = await freshTable();
    const { authorizations } = table.store;
    for (let n = 0; n < 2 * MOST_PENDING_OF_USER; n++) await must(authorizations.begin(pendingOf(n), calm));
    expect(await itemsOf(table)).toBe(3 * MOST_PENDING_OF_USER);
    const later = pendingOf(1_000);
    await must(authorizations.begin(later, calm));
    expect(await itemsOf(table)).toBe(3);
    expect(await must(authorizations.take(later.stateDigest, addSeconds(later.begunAt, 1), calm))).toEqual(later);
    expect(await itemsOf(table)).toBe(0);
    await table.drop();
  });

  it("are all found by whoever erases their user, and nothing of them stays", async () => {
    const table = await freshTable();
    for (let n = 0; n < MOST_PENDING_OF_USER; n++) await must(table.store.authorizations.begin(pendingOf(n), calm));
    await must(table.store.authorizations.eraseUser(anna, calm));
    expect(await itemsOf(table)).toBe(0);
    await table.drop();
  });
});
