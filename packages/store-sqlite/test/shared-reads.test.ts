import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { STORE_FILE_NAME } from "../src/index.ts";
import { createReadsAlone } from "../src/shared-reads.ts";
import { memoryStore } from "./memory-store.ts";
import { ascending, calm, everything, keyOf, must, putOf, recordOf, sourceKeyOf, userOf } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

it("reads of one turn share a transaction, which ends with the turn", async () => {
  const { database, store } = memoryStore();
  await must(store.readings.putDays([putOf(keyOf(1, 1))], calm));
  await must(store.readings.getDays([keyOf(1, 1)], calm));
  expect(database.isTransaction).toBe(true);
  await must(store.connections.recordsOf(userOf(1), calm));
  expect(database.isTransaction).toBe(true);
  await nextTurn();
  expect(database.isTransaction).toBe(false);
});

it("a read sees what was answered before it, whatever was read before that", async () => {
  const { store } = memoryStore();
  for (let version = 0; version < 20; version++) {
    const before = store.readings.getDays([keyOf(1, 1)], calm);
    const writing = store.readings.putDays([putOf(keyOf(1, 1), version)], calm);
    const during = store.readings.getDays([keyOf(1, 1)], calm);
    expect((await must(before))[0]?.version ?? 0).toBe(version);
    expect((await must(during))[0]?.version ?? 0).toBe(version);
    await must(writing);
    expect((await must(store.readings.getDays([keyOf(1, 1)], calm)))[0]?.version).toBe(version + 1);
  }
});

it("a read that goes on over several turns holds up no write", async () => {
  const { store } = memoryStore();
  await must(
    store.readings.putDays(
      Array.from({ length: 300 }, (_, day) => putOf(keyOf(1, day))),
      calm,
    ),
  );
  let seen = 0;
  for await (const day of store.readings.days(userOf(1), everything, ascending, calm)) {
    const { version } = day._unsafeUnwrap();
    await must(store.readings.putDays([putOf(keyOf(2, seen), 0)], calm));
    await must(store.connections.replaceRecord(recordOf(seen), 0, calm));
    expect(version).toBe(1);
    seen++;
  }
  expect(seen).toBe(300);
});

it("whoever reads just after an erase was written does not keep it in the log", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  await must(store.readings.putDays([putOf(keyOf(1, 1)), putOf(keyOf(2, 1))], calm));
  const reading = store.readings.putDays([putOf(keyOf(3, 1))], calm).then(() => must(store.readings.getDays([keyOf(2, 1)], calm)));
  const erased = await must(store.readings.eraseSource(userOf(1), sourceKeyOf(1).sourceId, calm));
  expect(erased).toBe(1);
  expect(statSync(join(dataDir, `${STORE_FILE_NAME}-wal`)).size).toBe(0);
  expect((await reading)[0]?.version).toBe(1);
  await store.close();
});

it("a store that is closed in the turn of a read is closed", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  await must(store.readings.putDays([putOf(keyOf(1, 1))], calm));
  await must(store.readings.getDays([keyOf(1, 1)], calm));
  await store.close();
  const again = openIn(dataDir);
  expect((await must(again.readings.getDays([keyOf(1, 1)], calm)))[0]?.version).toBe(1);
  await again.close();
  await nextTurn();
});

it("one that only reads is told all of one read as of one moment, and goes on after a read that failed", async () => {
  const dataDir = temporaryDir();
  const service = openIn(dataDir);
  const database = new DatabaseSync(join(dataDir, STORE_FILE_NAME), { readOnly: true });
  const read = createReadsAlone(database);
  const count = database.prepare("SELECT count(*) AS days FROM days");
  for (let days = 0; days < 3; days++) {
    const before = count.get()?.["days"];
    const during = read(() => {
      const first = count.get()?.["days"];
      const other = new DatabaseSync(join(dataDir, STORE_FILE_NAME));
      other.prepare("INSERT INTO days VALUES (?, 1, x'')").run(days);
      other.close();
      return [first, count.get()?.["days"]];
    });
    expect([before, ...during, count.get()?.["days"]]).toEqual([days, days, days, days + 1]);
    expect(() => read(() => database.exec("SELECT nothing"))).toThrow("nothing");
  }
  database.close();
  await service.close();
});
