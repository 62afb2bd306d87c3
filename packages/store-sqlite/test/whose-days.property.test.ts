import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StoredDay, StoreError } from "@bg-ingest/core";
import fc from "fast-check";
import type { Result } from "neverthrow";
import { expect, it } from "vitest";
import { openSqliteStoreReadOnly, STORE_FILE_NAME } from "../src/index.ts";
import { memoryStore } from "./memory-store.ts";
import { ascending, asideOf, bytesOf, calm, everything, keyOf, must, putOf, sourceKeyOf, sourceOf, userOf } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

const DAYS = 8;
const daysOf = (n: number) => Array.from({ length: DAYS }, (_, day) => putOf(keyOf(n, day)));

const person = fc.integer({ min: 1, max: 4 });
const order = fc.constantFrom("ascending" as const, "descending" as const);
const step = fc.oneof(
  fc.record({ kind: fc.constant("connect" as const), person }),
  fc.record({ kind: fc.constant("erase" as const), person }),
  fc.record({ kind: fc.constant("open" as const), person, order }),
  fc.record({ kind: fc.constant("read" as const), nth: fc.nat(20) }),
);

interface OpenRead {
  readonly person: number;
  readonly days: AsyncIterator<Result<StoredDay, StoreError>>;
}

it("whoever reads on while people are erased and others connect gets the days of the person asked for alone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const { readings } = memoryStore().store;
      const open: OpenRead[] = [];
      for (const each of steps) {
        if (each.kind === "connect") await must(readings.putDays(daysOf(each.person), calm));
        else if (each.kind === "erase") await must(readings.eraseSource(userOf(each.person), sourceOf(each.person), calm));
        else if (each.kind === "open") {
          const days = readings.days(userOf(each.person), everything, { order: each.order, consistency: "strong" }, calm);
          open.push({ person: each.person, days: days[Symbol.asyncIterator]() });
        } else expectOwn(open[each.nth % open.length], await open[each.nth % open.length]?.days.next());
      }
      for (const each of open) for (let next = await each.days.next(); !next.done; next = await each.days.next()) expectOwn(each, next);
    }),
  );
});

function expectOwn(read: OpenRead | undefined, next: IteratorResult<Result<StoredDay, StoreError>> | undefined): void {
  if (read === undefined || next === undefined || next.done) return;
  const day = next.value._unsafeUnwrap();
  expect(day).toEqual({ ...keyOf(read.person, day.day), version: 1, bytes: bytesOf(keyOf(read.person, day.day), 1) });
}

it("a read that is open when its person is erased ends there, though the next one to connect is the first after them", async () => {
  const { database, store } = memoryStore();
  await must(store.readings.putDays(daysOf(1), calm));
  const reading = store.readings.days(userOf(1), everything, ascending, calm)[Symbol.asyncIterator]();
  expect((await reading.next()).value._unsafeUnwrap()).toMatchObject({ userId: userOf(1), day: 0 });
  await must(store.readings.eraseSource(userOf(1), sourceOf(1), calm));
  await must(store.readings.putDays(daysOf(2), calm));
  expect(await reading.next()).toEqual({ done: true, value: undefined });
  expect(keysIn(database)).toEqual([2]);
});

it("a source that was forgotten never lends its key to another, even if it was the only one and the store was closed since", async () => {
  const dataDir = temporaryDir();
  for (const n of [1, 2, 3]) {
    const store = openIn(dataDir);
    await must(store.connections.setAside(sourceKeyOf(n), [asideOf(n)], calm));
    await must(store.connections.eraseSource(sourceKeyOf(n), calm));
    await must(store.readings.putDays(daysOf(n), calm));
    const database = new DatabaseSync(join(dataDir, STORE_FILE_NAME), { readOnly: true });
    expect(keysIn(database)).toEqual([2 * n]);
    database.close();
    await must(store.readings.eraseSource(userOf(n), sourceOf(n), calm));
    await store.close();
  }
});

it("a reader of the file looks whose the key is with every page, for it cannot know what wrote the file", async () => {
  const dataDir = temporaryDir();
  const service = openIn(dataDir);
  await must(service.readings.putDays(daysOf(1), calm));
  await service.close();
  const reader = openSqliteStoreReadOnly({ dataDir })._unsafeUnwrap();
  for (const order of ["ascending", "descending"] as const) {
    const reading = reader.readings.days(userOf(1), everything, { order, consistency: "strong" }, calm)[Symbol.asyncIterator]();
    expect((await reading.next()).value._unsafeUnwrap().userId).toBe(userOf(1));
    giveKeysTo(dataDir, 2);
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    giveKeysTo(dataDir, 1);
  }
  await reader.close();
});

/** As a program did that gave keys out twice. */
function giveKeysTo(dataDir: string, n: number): void {
  const database = new DatabaseSync(join(dataDir, STORE_FILE_NAME));
  database.prepare("UPDATE source_keys SET user = ?, source = ?").run(userOf(n), sourceOf(n));
  database.close();
}

function keysIn(database: DatabaseSync): readonly unknown[] {
  return database
    .prepare("SELECT key FROM source_keys ORDER BY key")
    .all()
    .map(({ key }) => key);
}
