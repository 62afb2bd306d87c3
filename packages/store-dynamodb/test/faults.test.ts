import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { SealedSecrets, StoreError } from "@bg-ingest/core";
import type { Result } from "neverthrow";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DynamoDbStore } from "../src/index.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { calm, type FreshTable, freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { anna, annaCgm, apiKey, ascending, asideOf, everything, keyOf, mock, must, pendingOf, putOf, recordOf } from "./samples.ts";

let table: FreshTable;
let proxy: FaultProxy;
/** Goes through the proxy; `table.store` goes straight. */
let store: DynamoDbStore;

const secretsOf = (version: number): SealedSecrets => ({ sealed: Uint8Array.of(version), claim: null, version });
const replica = (beat: number) => ({ replica: "a", beat, notices: [] });
const written = { kind: "written" };

onDynamoDb("what befalls a request", () => {
  beforeEach(async () => {
    [table, proxy] = [await freshTable(), await startFaultProxy()];
    store = table.another({ endpoint: proxy.endpoint });
  });
  afterEach(async () => {
    await table.drop();
    await proxy.close();
  });

  /** Each write by itself, over what was there before. */
  const writes: Readonly<
    Record<string, { before?: () => Promise<unknown>; write: () => PromiseLike<Result<unknown, StoreError>>; says: unknown }>
  > = {
    "a first day": { write: () => store.readings.putDays([putOf(1)], calm), says: [written] },
    "a day over another": {
      before: () => must(table.store.readings.putDays([putOf(1)], calm)),
      write: () => store.readings.putDays([putOf(1, 1)], calm),
      says: [written],
    },
    "a first record": { write: () => store.connections.replaceRecord(recordOf(1), 0, calm), says: written },
    "a record over another": {
      before: () => must(table.store.connections.replaceRecord(recordOf(1), 0, calm)),
      write: () => store.connections.replaceRecord(recordOf(2), 1, calm),
      says: written,
    },
    "a record whose place in the schedule changes": {
      before: () => must(table.store.connections.replaceRecord(recordOf(1), 0, calm)),
      write: () => store.connections.replaceRecord(recordOf(2, { phase: "disconnected" }), 1, calm),
      says: written,
    },
    "a record that is removed": {
      before: () => must(table.store.connections.replaceRecord(recordOf(1), 0, calm)),
      write: () => store.connections.removeRecord(anna, mock, 1, calm),
      says: written,
    },
    secrets: { write: () => store.connections.replaceSecrets(annaCgm, secretsOf(1), calm), says: written },
    "a rate bucket": { write: () => store.rateLedger.replaceBucket(mock, { level: 1, filledAtMs: 1, version: 1 }, calm), says: written },
    "records set aside": { write: () => store.connections.setAside(annaCgm, [asideOf(1), asideOf(2)], calm), says: undefined },
    "a delivery's id": { write: () => store.deliveryIds.note(annaCgm.sourceId, "1", calm), says: undefined },
    "a replica that is announced": {
      before: () => must(table.store.replicaRegister.announce(replica(1), calm)),
      // An attempt of which the answer was lost stands there itself by then.
      write: async () => (await store.replicaRegister.announce(replica(2), calm)).map((before) => before === 1 || before === 2),
      says: true,
    },
    "a replica that is taken out": {
      before: () => must(table.store.replicaRegister.announce(replica(1), calm)),
      write: () => store.replicaRegister.remove("a", 1, calm),
      says: "out",
    },
    "a key of the API": { write: () => store.apiKeys.add(apiKey, calm), says: "added" },
    "a begun authorisation": { write: () => store.authorizations.begin(pendingOf(1), calm), says: undefined },
    "a taken authorisation": {
      before: () => must(table.store.authorizations.begin(pendingOf(1), calm)),
      write: () => store.authorizations.take(pendingOf(1).stateDigest, pendingOf(1).begunAt, calm),
      says: pendingOf(1),
    },
  };

  it.each(Object.entries(writes))(
    "%s: where every answer is lost once, it has happened, and says so",
    async (_, { before, write, says }) => {
      await before?.();
      proxy.fault = () => (proxy.asked.length % 2 === 1 ? "lose_answer" : "none");
      expect((await write())._unsafeUnwrap()).toEqual(says);
      expect(proxy.asked.length).toBeGreaterThan(1);
    },
  );

  it.each(Object.entries(writes))(
    "%s: who meets another in the midst of a transaction waits, and goes on",
    async (_, { before, write, says }) => {
      await before?.();
      const isWrite = (operation: string) => /^(Put|Update|TransactWrite)/.test(operation);
      proxy.fault = (operation) => (isWrite(operation) && proxy.asked.filter(isWrite).length < 4 ? "contend" : "none");
      expect((await write())._unsafeUnwrap()).toEqual(says);
    },
  );

  it("a delivery of which nobody heard that its id was noted is known", async () => {
    proxy.fault = (operation) => (operation === "BatchWriteItem" ? "lose_answer" : "none");
    expect((await store.deliveryIds.note(annaCgm.sourceId, "1", calm)).isErr()).toBe(true);
    expect(await must(table.store.deliveryIds.isKnown(annaCgm.sourceId, "1", calm))).toBe(true);
  });

  it("what was set aside is counted once, though the answer was lost", async () => {
    let transactions = 0;
    proxy.fault = (operation) => (operation === "TransactWriteItems" && transactions++ === 0 ? "lose_answer" : "none");
    await must(store.connections.setAside(annaCgm, [asideOf(1), asideOf(2), asideOf(3)], calm));
    expect(transactions).toBe(2);
    expect(await must(table.store.connections.countSetAside(annaCgm, calm))).toBe(3);
  });

  it("another's write of the very same content is not taken for one's own", async () => {
    const another = must(table.store.readings.putDays([putOf(1)], calm));
    // However soon the SDK asks again.
    proxy.fault = () => (proxy.asked.length === 1 ? "lose_request" : another.then(() => "none"));
    expect(await must(store.readings.putDays([putOf(1)], calm))).toMatchObject([{ kind: "conflict", current: { version: 1 } }]);
  });

  it("a condition that does not hold is asked for once", async () => {
    await must(table.store.readings.putDays([putOf(1)], calm));
    expect(await must(store.readings.putDays([putOf(1)], calm))).toMatchObject([{ kind: "conflict", current: { version: 1 } }]);
    expect(proxy.asked).toEqual(["PutItem"]);
  });

  it("a batch of which half is done at a time is done in the end", async () => {
    const days = Array.from({ length: 130 }, (_, n) => n * 50);
    await must(
      table.store.readings.putDays(
        days.map((day) => putOf(day)),
        calm,
      ),
    );
    proxy.fault = (operation) => (operation.startsWith("Batch") ? "halve" : "none");
    const found = await must(store.readings.getDays([...days, 7].map(keyOf), calm));
    expect(found.map((day) => day?.day)).toEqual([...days, undefined]);
    expect(await must(store.readings.eraseSource(anna, annaCgm.sourceId, calm))).toBe(130);
    const left = [];
    for await (const day of table.store.readings.days(anna, everything, ascending, calm)) left.push(day);
    expect(left).toEqual([]);
    expect(proxy.asked.filter((operation) => operation === "BatchGetItem").length).toBeGreaterThan(4);
  });

  it("where nothing gets through, the answer says that it may later, and how long to wait", async () => {
    for (const fault of ["throttle", "fail", "contend", "lose_request"] as const) {
      proxy.fault = () => fault;
      const error = (await store.readings.putDays([putOf(1)], calm))._unsafeUnwrapErr();
      expect([fault, error]).toEqual([fault, expect.objectContaining({ kind: "retry", retryAfterMs: expect.any(Number) })]);
    }
    expect(await must(table.store.readings.getDays([keyOf(1)], calm))).toEqual([null]);
  });

  it("a record that is damaged is told of, and nothing is thrown", async () => {
    await must(table.store.connections.replaceRecord(recordOf(1), 0, calm));
    const { client, name: TableName } = table.store.table;
    const Key = { p: { S: anna }, s: { S: "#connection/mock" } };
    const ExpressionAttributeValues = { ":rest": { S: '{"gaps":' } };
    await client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: "SET rest = :rest", ExpressionAttributeValues }));
    expect((await store.connections.recordsOf(anna, calm))._unsafeUnwrapErr().kind).toBe("stop");
  });

  it("what hangs is given up with the call's signal", async () => {
    proxy.fault = () => "hang";
    const call = { signal: AbortSignal.timeout(300) };
    const answers = await Promise.all([
      store.readings.putDays([putOf(1)], call),
      store.readings.getDays([keyOf(1), keyOf(900)], call),
      store.connections.recordsOf(anna, call),
      store.authorizations.begin(pendingOf(1), call),
    ]);
    expect(answers.map((answer: Result<unknown, StoreError>) => (answer.isErr() ? answer.error.kind : "ok"))).toEqual(
      Array(4).fill("retry"),
    );
  });
});
