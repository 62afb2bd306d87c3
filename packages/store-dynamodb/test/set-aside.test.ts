import type { SetAsideRecord } from "@bg-ingest/core";
import { seededChance } from "@bg-ingest/core/testing";
import { expect, it } from "vitest";
import type { DynamoDbStore } from "../src/index.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import { calm, freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { annaCgm, asideOf, must } from "./samples.ts";

const records = (from: number, to: number): readonly SetAsideRecord[] => Array.from({ length: to - from }, (_, n) => asideOf(from + n));

/** As the ingest does: whose answer was lost too often in a row is told to come again, and does. */
async function keep({ connections }: DynamoDbStore, piece: readonly SetAsideRecord[]): Promise<void> {
  for (let kept = await connections.setAside(annaCgm, piece, calm); kept.isErr(); kept = await connections.setAside(annaCgm, piece, calm)) {
    expect(kept.error.kind).toBe("retry");
  }
}

onDynamoDb("records set aside", () => {
  it("are kept and counted once each, whoever keeps them at the same time in whatever pieces, and whichever answers are lost", async () => {
    const [table, proxy] = [await freshTable(), await startFaultProxy()];
    const stores = [table.another({ endpoint: proxy.endpoint }), table.another({ endpoint: proxy.endpoint })];
    const random = seededChance(7);
    proxy.fault = () => (random() < 0.2 ? "lose_answer" : "none");
    const pieces = [records(0, 230), records(100, 160), records(200, 330), records(0, 1), records(229, 231), records(329, 330)];
    await Promise.all(pieces.map((piece, n) => keep(stores[n % 2] ?? table.store, piece)));

    const { connections } = table.store;
    expect(await must(connections.countSetAside(annaCgm, calm))).toBe(330);
    const { records: found, next } = await must(connections.setAsideOf(annaCgm, { limit: 1_000, after: null }, calm));
    expect(found).toEqual(records(0, 330).toReversed());
    expect(next).toBeNull();
    await table.drop();
    await proxy.close();
  });

  it("of the largest kind come in pages that are as long as was asked for", async () => {
    const { store, drop } = await freshTable();
    const large = records(0, 200).map((record) => ({ ...record, record: "é".repeat(4_096) }));
    await must(store.connections.setAside(annaCgm, large, calm));
    const page = await must(store.connections.setAsideOf(annaCgm, { limit: 180, after: null }, calm));
    expect(page.records.map(({ key }) => key)).toEqual(
      large
        .slice(20)
        .map(({ key }) => key)
        .reverse(),
    );
    const rest = await must(store.connections.setAsideOf(annaCgm, { limit: 180, after: page.next }, calm));
    expect(rest.records).toEqual(large.slice(0, 20).reverse());
    expect(rest.next).toBeNull();
    await drop();
  });
});
