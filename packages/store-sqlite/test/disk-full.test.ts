import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { migrations } from "../src/migrations.ts";
import { createSqliteStore } from "../src/open-sqlite-store.ts";
import { openServiceDatabase } from "../src/service-database.ts";
import { ascending, calm, deliveryOf, everything, keyOf, must, putOf, userOf } from "./samples.ts";
import { temporaryDir } from "./temporary-store.ts";

const KIB = 1_024;

function storeOnASmallDisk() {
  const file = join(temporaryDir(), "small.sqlite");
  return openServiceDatabase(file, migrations, (database) => ({ database, store: createSqliteStore(database, {}) }))._unsafeUnwrap();
}

/** SQLite answers the same to a file that may not grow as to a disk that is full. */
function limitPages(database: DatabaseSync, free: number): void {
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.exec(`PRAGMA max_page_count = ${pages + free}`);
}

it("a full disk keeps nothing half done, says so, and all goes on once there is space", async () => {
  const { database, store } = storeOnASmallDisk();
  await must(store.readings.putDays([putOf(keyOf(1, 1))], calm));
  limitPages(database, 20);
  const many = Array.from({ length: 10 }, (_, day) => putOf(keyOf(1, 10 + day), 0, 64 * KIB));
  const small = [putOf(keyOf(1, 1), 1)];
  const [tooMuch, fits] = await Promise.all([store.readings.putDays(many, calm), store.readings.putDays(small, calm)]);

  expect(tooMuch._unsafeUnwrapErr()).toMatchObject({ kind: "retry", message: expect.stringContaining("Free some space") });
  expect(fits._unsafeUnwrap()).toEqual([{ kind: "written" }]);
  expect(await daysOf(store)).toEqual([[1, 2]]);

  limitPages(database, 1_000_000);
  expect((await store.readings.putDays(many, calm)).isOk()).toBe(true);
  expect(await daysOf(store)).toHaveLength(11);
  expect(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"]).toBe("ok");
  await store.close();
});

it("a delivery that found no space is not acknowledged, and comes in when it is sent again", async () => {
  const { database, store } = storeOnASmallDisk();
  limitPages(database, 4);
  const large = { ...deliveryOf("large"), body: new Uint8Array(256 * KIB) };
  expect((await store.queue.enqueue(large, calm))._unsafeUnwrapErr().kind).toBe("retry");
  limitPages(database, 1_000);
  expect((await store.queue.enqueue(large, calm))._unsafeUnwrap()).toBe("enqueued");
  await store.close();
});

async function daysOf(store: ReturnType<typeof createSqliteStore>): Promise<readonly [number, number][]> {
  const days: [number, number][] = [];
  for await (const item of store.readings.days(userOf(1), everything, ascending, calm)) {
    const { day, version } = item._unsafeUnwrap();
    days.push([day, version]);
  }
  return days;
}
