import { expect, it } from "vitest";
import { openSqliteStore, openSqliteStoreReadOnly, type ReadOnlySqliteStore } from "../src/index.ts";
import {
  ascending,
  bytesOf,
  calm,
  deliveryOf,
  everything,
  keyOf,
  must,
  putOf,
  recordOf,
  sourceKeyOf,
  sourceOf,
  userOf,
} from "./samples.ts";
import { startProcess } from "./store-process.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

const readerOf = (dataDir: string): ReadOnlySqliteStore => openSqliteStoreReadOnly({ dataDir })._unsafeUnwrap();

it("a reader beside a running service sees whole days, ever newer ones, and holds nobody up", async () => {
  const dataDir = temporaryDir();
  const writer = startProcess("writer.ts", dataDir);
  while (!(await writer.line())?.startsWith("record 0 ")) expect(writer.pid).toBeGreaterThan(0);
  const reader = readerOf(dataDir);
  const newest = new Map<number, number>();
  let changes = 0;
  for (let look = 0; look < 200; look++) {
    for await (const item of reader.readings.days(userOf(0), everything, ascending, calm)) {
      const day = item._unsafeUnwrap();
      expect(day.bytes).toEqual(bytesOf(day, day.version));
      expect(day.version).toBeGreaterThanOrEqual(newest.get(day.day) ?? 0);
      if (day.version > (newest.get(day.day) ?? 0)) changes++;
      newest.set(day.day, day.version);
    }
    for (let lines = 0; lines < 20; lines++) await writer.line();
  }
  expect(changes).toBeGreaterThan(newest.size);
  await reader.close();
});

it("a reader sees what the service has just written, without asking again for the file", async () => {
  const dataDir = temporaryDir();
  const service = openIn(dataDir);
  const reader = readerOf(dataDir);
  for (let version = 0; version < 5; version++) {
    await must(service.readings.putDays([putOf(keyOf(1, 1), version)], calm));
    expect((await reader.readings.getDays([keyOf(1, 1)], calm))._unsafeUnwrap()[0]?.version).toBe(version + 1);
  }
  await must(service.connections.replaceRecord(recordOf(1), 0, calm));
  expect((await reader.connections.recordsOf(userOf(1), calm))._unsafeUnwrap()).toEqual([recordOf(1)]);
  await Promise.all([service.close(), reader.close()]);
});

it("a reader needs no service, whether the last one ended well or was killed", async () => {
  const dataDir = temporaryDir();
  const service = openIn(dataDir);
  await must(service.readings.putDays([putOf(keyOf(1, 1))], calm));
  await service.close();
  const reader = readerOf(dataDir);
  expect((await reader.readings.getDays([keyOf(1, 1)], calm))._unsafeUnwrap()[0]?.bytes).toEqual(bytesOf(keyOf(1, 1), 1));
  await reader.close();

  const writer = startProcess("writer.ts", dataDir);
  let last: readonly string[] = [];
  for (let lines = 0; lines < 100; lines++) {
    const words = (await writer.line())?.split(" ") ?? [];
    if (words[0] === "day") last = words;
  }
  await writer.kill();
  const heir = readerOf(dataDir);
  const [day] = (await heir.readings.getDays([keyOf(Number(last[1]), Number(last[2]))], calm))._unsafeUnwrap();
  expect(day?.version).toBeGreaterThanOrEqual(Number(last[3]));
  await heir.close();
});

it("a reader keeps no service from starting, stopping and erasing", async () => {
  const dataDir = temporaryDir();
  await openIn(dataDir).close();
  const reader = readerOf(dataDir);
  const service = openIn(dataDir);
  await must(service.readings.putDays([putOf(keyOf(1, 1))], calm));
  const reading = reader.readings.days(userOf(1), everything, ascending, calm)[Symbol.asyncIterator]();
  expect((await reading.next()).done).toBe(false);
  expect((await service.readings.eraseSource(userOf(1), sourceOf(1), calm))._unsafeUnwrap()).toBe(1);
  await service.close();
  expect((await reader.readings.getDays([keyOf(1, 1)], calm))._unsafeUnwrap()).toEqual([null]);
  await openIn(dataDir).close();
  await reader.close();
});

it("a reader writes nothing and gets no credentials", async () => {
  const dataDir = temporaryDir();
  const service = openIn(dataDir);
  await must(service.connections.replaceSecrets(sourceKeyOf(1), { sealed: Uint8Array.of(1), claim: null, version: 1 }, calm));
  const { readings, connections, close } = readerOf(dataDir);
  const refused = await Promise.all([
    readings.putDays([putOf(keyOf(1, 1))], calm),
    readings.eraseSource(userOf(1), sourceOf(1), calm),
    connections.replaceRecord(recordOf(1), 0, calm),
    connections.secretsOf(sourceKeyOf(1), calm),
    connections.replaceSecrets(sourceKeyOf(1), { sealed: Uint8Array.of(2), claim: null, version: 2 }, calm),
    connections.setAside(sourceKeyOf(1), [], calm),
    connections.eraseSource(sourceKeyOf(1), calm),
  ]);
  expect(refused.map((answer) => answer._unsafeUnwrapErr().kind)).toEqual(Array(7).fill("stop"));
  expect((await service.connections.secretsOf(sourceKeyOf(1), calm))._unsafeUnwrap()?.version).toBe(1);
  await Promise.all([service.close(), close()]);
});

it("a closed store answers stop, and takes nothing", async () => {
  const dataDir = temporaryDir();
  const store = openSqliteStore({ dataDir })._unsafeUnwrap();
  const waiting = store.readings.putDays([putOf(keyOf(1, 1))], calm);
  await store.close();
  await store.close();
  expect((await waiting)._unsafeUnwrap()).toEqual([{ kind: "written" }]);
  expect((await store.readings.putDays([putOf(keyOf(1, 2))], calm))._unsafeUnwrapErr().kind).toBe("stop");
  expect((await store.readings.getDays([keyOf(1, 1)], calm))._unsafeUnwrapErr().kind).toBe("stop");
  expect((await store.queue.enqueue(deliveryOf("1"), calm))._unsafeUnwrapErr().kind).toBe("stop");
  const later = openIn(dataDir);
  expect((await later.readings.getDays([keyOf(1, 1), keyOf(1, 2)], calm))._unsafeUnwrap().map((day) => day?.version)).toEqual([
    1,
    undefined,
  ]);
  await later.close();
});
