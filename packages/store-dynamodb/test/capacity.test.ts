import { type Day, type DayPut, encodeDay } from "@bg-ingest/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { backfilledDay, polledDay } from "../../core/test/synthetic-day.ts";
import { createDynamoDbStoreOver, type DynamoDbStore } from "../src/index.ts";
import { calm, type FreshTable, freshTable } from "./fresh-table.ts";
import { type Meter, metered } from "./metered.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { createPolledSource } from "./polled-source.ts";
import { annaCgm, asideOf, everything, must, putOf, recordOf } from "./samples.ts";

let table: FreshTable;
let meter: Meter;
let store: Omit<DynamoDbStore, "close">;

const DAYS = 90;
const HOUR = 3_600;

onDynamoDb("what DynamoDB says that it cost", () => {
  beforeEach(async () => {
    table = await freshTable();
    meter = metered(table.store.table.client);
    store = createDynamoDbStoreOver({ client: meter.client, name: table.config.table });
  });
  afterEach(() => table.drop());

  it("a poll that brings something costs one write unit, one that brings nothing costs none, and openFrom one a day", async () => {
    const source = createPolledSource(store);
    await source.connect(1);
    await source.backfill();
    meter.reset();

    const polls = await source.poll(26 * HOUR, "measures");
    expect(polls).toBeGreaterThan(310);
    expect(meter.requests.filter(({ subject, units }) => subject === "day" && units !== 1)).toEqual([]);
    expect({ days: meter.written("day"), connections: meter.written("connection") }).toEqual({ days: polls, connections: 1 });
    expect(meter.written()).toBe(polls + 1);

    meter.reset();
    expect(await source.poll(5 * HOUR, "silent")).toBeGreaterThan(58);
    expect(meter.written()).toBe(0);
  });

  it("a day of a backfill costs at most 1.1 write units, its progress included", async () => {
    const source = createPolledSource(store);
    await source.connect(DAYS);
    meter.reset();
    await source.backfill();
    expect(meter.written() / DAYS).toBeLessThanOrEqual(1.1);
  });

  it("a change of phase costs four write units and the one of the condition that did not hold, which is not told", async () => {
    await must(store.connections.replaceRecord(recordOf(1), 0, calm));
    meter.reset();
    await must(store.connections.replaceRecord(recordOf(2, { phase: "disconnected" }), 1, calm));
    expect(meter.written()).toBe(4);
  });

  it("a record set aside costs six write units, and none when it comes again", async () => {
    for (const units of [6, 0]) {
      meter.reset();
      await must(store.connections.setAside(annaCgm, [asideOf(1)], calm));
      expect(meter.written()).toBe(units);
    }
  });

  it("a delivery costs one write unit and one read unit, whoever sends it and whatever its id", async () => {
    const id = "msg".repeat(500);
    expect(await must(store.deliveryIds.isKnown(annaCgm.sourceId, id, calm))).toBe(false);
    await must(store.deliveryIds.note(annaCgm.sourceId, id, calm));
    expect({ written: meter.written(), read: meter.read() }).toEqual({ written: 1, read: 1 });
  });

  it("a replica that says that it is there costs one write unit, and to see who else is there one read unit", async () => {
    const { replicaRegister } = store;
    for (let n = 0; n < 20; n++) {
      const replica = `8c6b1c9e-1f0a-4b7e-9a51-0d7c54a3f0${n + 10}`;
      await must(replicaRegister.announce({ replica, beat: 100_000, notices: [{ shard: 177, beat: 99_999 }] }, calm));
    }
    expect(meter.written()).toBe(20);
    meter.reset();
    expect((await must(replicaRegister.announced(calm))).beats).toHaveLength(20);
    expect(meter.read()).toBe(1);
  });

  it("the newest day is found for half a read unit, however long the history is", async () => {
    const puts = Array.from({ length: 1_000 }, (_, n) => putOf(19_000 + n));
    await must(store.readings.putDays(puts, calm));
    meter.reset();
    for await (const day of store.readings.days(annaCgm.userId, everything, { order: "descending", consistency: "eventual" }, calm)) {
      expect(day._unsafeUnwrap().day).toBe(19_999);
      break;
    }
    expect(meter.requests).toEqual([{ operation: "Query", units: 0.5, subject: "other" }]);
  });

  it.each([
    ["polled every five minutes", 10, polledDay],
    ["backfilled", 6, backfilledDay],
  ] as const)("90 days %s are read in one round trip, for at most %i read units", async (_, most, dayLogOf) => {
    const puts = Array.from({ length: DAYS }, (_, n): DayPut => {
      const day = (20_000 + n) as Day;
      return { ...putOf(day), bytes: encodeDay(dayLogOf({ seed: n, day, cadenceSeconds: 300 })) };
    });
    await must(store.readings.putDays(puts, calm));
    expect(meter.written()).toBe(DAYS);
    meter.reset();
    const span = { first: 20_000 as Day, last: (20_000 + DAYS - 1) as Day };
    let days = 0;
    for await (const day of store.readings.days(annaCgm.userId, span, { order: "ascending", consistency: "eventual" }, calm)) {
      days += day.isOk() ? 1 : 0;
    }
    expect(days).toBe(DAYS);
    expect(meter.requests.length).toBe(1);
    expect(meter.read()).toBeLessThanOrEqual(most);
  });
});
