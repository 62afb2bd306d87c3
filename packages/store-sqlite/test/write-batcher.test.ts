import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { createWriteBatcher } from "../src/write-batcher.ts";
import { calm } from "./samples.ts";

function notebook() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE notes (n INTEGER PRIMARY KEY) STRICT");
  let commits = 0;
  const counting = {
    prepare: (sql: string) => {
      const statement = database.prepare(sql);
      if (sql !== "COMMIT") return statement;
      return Object.assign(Object.create(statement), {
        run: () => {
          const done = statement.run();
          commits++;
          return done;
        },
      });
    },
    get isTransaction() {
      return database.isTransaction;
    },
  };
  let nowMs = 0;
  const insert = database.prepare("INSERT INTO notes VALUES (?)");
  return {
    database,
    batcher: createWriteBatcher(
      counting,
      () => nowMs,
      () => undefined,
    ),
    note: (n: number) => insert.run(n).lastInsertRowid,
    notes: () =>
      database
        .prepare("SELECT n FROM notes ORDER BY n")
        .all()
        .map(({ n }) => n),
    commits: () => commits,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it("writes of one turn share one commit", async () => {
  const { batcher, note, notes, commits } = notebook();
  const answers = await Promise.all([1, 2, 3, 4].map((n) => batcher.write(() => note(n), calm)));
  expect(answers.map((answer) => answer._unsafeUnwrap())).toEqual([1, 2, 3, 4]);
  expect(notes()).toEqual([1, 2, 3, 4]);
  expect(commits()).toBe(1);
});

it("nobody is answered before the commit", async () => {
  const { batcher, note, database } = notebook();
  const seen = await Promise.all([1, 2].map((n) => batcher.write(() => note(n), calm).map(() => database.isTransaction)));
  expect(seen.map((one) => one._unsafeUnwrap())).toEqual([false, false]);
});

it("one that fails hinders no other, whether before it or after", async () => {
  const { batcher, note, notes } = notebook();
  const writes = [
    () => note(1),
    () => note(1),
    () => note(2),
    () => {
      throw new Error("a bug");
    },
    () => note(3),
  ];
  const answers = await Promise.all(writes.map((write) => batcher.write<unknown>(write, calm)));
  expect(answers.map((answer) => (answer.isOk() ? "ok" : answer.error.kind))).toEqual(["ok", "stop", "ok", "stop", "ok"]);
  expect(notes()).toEqual([1, 2, 3]);
});

it("after a failure writes share commits again", async () => {
  const { batcher, note, commits } = notebook();
  await Promise.all([1, 1].map((n) => batcher.write(() => note(n), calm)));
  const before = commits();
  await Promise.all([2, 3, 4].map((n) => batcher.write(() => note(n), calm)));
  expect(commits() - before).toBe(1);
});

it("a batch that has taken long commits, and lets others have a turn", async () => {
  const { batcher, note, pass, commits } = notebook();
  const slow = (n: number) =>
    batcher.write(() => {
      pass(5);
      return note(n);
    }, calm);
  await Promise.all([1, 2, 3, 4, 5].map(slow));
  expect(commits()).toBe(3);
});

it("a call cancelled while it waits writes nothing, and the others do", async () => {
  const { batcher, note, notes } = notebook();
  const controller = new AbortController();
  const cancelled = batcher.write(() => note(1), { signal: controller.signal });
  const other = batcher.write(() => note(2), calm);
  controller.abort();
  expect((await cancelled)._unsafeUnwrapErr().kind).toBe("retry");
  expect((await other).isOk()).toBe(true);
  expect(notes()).toEqual([2]);
});

it("draining writes what waits, without a turn", async () => {
  const { batcher, note, notes } = notebook();
  const write = batcher.write(() => note(1), calm);
  batcher.drain();
  expect(notes()).toEqual([1]);
  expect((await write).isOk()).toBe(true);
});

it("a database that cannot begin tells all that wait, and works again once it can", async () => {
  const { batcher, note, notes, database } = notebook();
  database.exec("BEGIN");
  const answers = await Promise.all([1, 2].map((n) => batcher.write(() => note(n), calm)));
  expect(answers.every((answer) => answer.isErr())).toBe(true);
  database.exec("COMMIT");
  expect((await batcher.write(() => note(3), calm)).isOk()).toBe(true);
  expect(notes()).toEqual([3]);
});
