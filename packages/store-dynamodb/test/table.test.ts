import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { expect, it } from "vitest";
import { dayItemOf } from "../src/day-item.ts";
import { checkTable, createDynamoDbStore, createDynamoDbStoreOver, type DynamoDbClient, ensureTable } from "../src/index.ts";
import { calm, freshTable } from "./fresh-table.ts";
import { itemBytes, WRITE_UNIT_BYTES } from "./item-bytes.ts";
import { metered } from "./metered.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { must, putOf } from "./samples.ts";

onDynamoDb("the table", () => {
  it("is made where there is none, with expiry and without an index, however many make it at once", async () => {
    const { config, store, another, drop } = await freshTable();
    const { client } = store.table;
    await client.send(new DeleteTableCommand({ TableName: config.table }));
    expect((await checkTable(store.table, calm))._unsafeUnwrapErr()).toMatchObject({ kind: "absent" });
    const made = await Promise.all([store, another(), another()].map(({ table }) => ensureTable(table, calm)));
    expect(made.map((each) => each.isOk())).toEqual([true, true, true]);
    expect((await checkTable(store.table, calm)).isOk()).toBe(true);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: config.table }));
    expect([Table?.GlobalSecondaryIndexes, Table?.LocalSecondaryIndexes]).toEqual([undefined, undefined]);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: config.table }));
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: "x", TimeToLiveStatus: "ENABLED" });
    await drop();
  });

  it("is left as it is, and nothing in it is lost, where it is there already", async () => {
    const { store, drop } = await freshTable();
    await must(store.readings.putDays([putOf(1)], calm));
    expect((await ensureTable(store.table, calm)).isOk()).toBe(true);
    expect(await must(store.readings.getDays([putOf(1)], calm))).toMatchObject([{ version: 1 }]);
    await drop();
  });

  it("may be given its expiry by somebody else at the same moment", async () => {
    const { config, store, drop } = await freshTable();
    let looks = 0;
    const send = async (command: object): Promise<unknown> => {
      const isFirstLook = command instanceof DescribeTimeToLiveCommand && looks++ === 0;
      return isFirstLook ? { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" } } : store.table.client.send(command as never);
    };
    const client = { send } as unknown as DynamoDbClient;
    expect((await ensureTable({ client, name: config.table }, calm)).isOk()).toBe(true);
    expect(looks).toBe(2);
    await drop();
  });

  it("of another program is refused and left as it is", async () => {
    const { config, store, drop } = await freshTable();
    const { client } = store.table;
    await client.send(new DeleteTableCommand({ TableName: config.table }));
    const other: CreateTableCommandInput = {
      TableName: config.table,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    };
    await client.send(new CreateTableCommand(other));
    for (const answer of [await checkTable(store.table, calm), await ensureTable(store.table, calm)]) {
      expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: "unsuitable", message: expect.stringContaining(config.table) });
    }
    await drop();
  });

  it("that cannot be reached is said to be so, and what could be looked at", async () => {
    const store = createDynamoDbStore({ table: "anything", region: "us-east-1", endpoint: "http://127.0.0.1:1", credentials });
    expect((await ensureTable(store.table, calm))._unsafeUnwrapErr()).toMatchObject({ kind: "unreachable" });
    await store.close();
  });

  it("is charged for by the byte, as the model of an item's size counts them", async () => {
    const { config, store, drop } = await freshTable();
    const meter = metered(store.table.client);
    const { readings } = createDynamoDbStoreOver({ client: meter.client, name: config.table });
    const empty = itemBytes(dayItemOf({ ...putOf(1), bytes: new Uint8Array() }));
    for (const [day, size, units] of [
      [1, WRITE_UNIT_BYTES, 1],
      [2, WRITE_UNIT_BYTES + 1, 2],
    ] as const) {
      meter.reset();
      await must(readings.putDays([{ ...putOf(day), bytes: new Uint8Array(size - empty) }], calm));
      expect(meter.written()).toBe(units);
    }
    await drop();
  });
});

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
