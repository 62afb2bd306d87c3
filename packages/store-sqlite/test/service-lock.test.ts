import { statSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openSqliteStore, STORE_FILE_NAME } from "../src/index.ts";
import { calm, keyOf, putOf } from "./samples.ts";
import { startProcess } from "./store-process.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

it("a second service is refused, told who has the store and what to do", async () => {
  const dataDir = temporaryDir();
  const holder = startProcess("holder.ts", dataDir);
  expect(await holder.line()).toBe("open");
  const refused = openSqliteStore({ dataDir })._unsafeUnwrapErr();
  expect(refused.kind).toBe("in_use");
  expect(refused.message).toContain(`in use by process ${holder.pid} on ${hostname()}`);
  expect(refused.message).toContain("another DATA_DIR");
});

it("kill -9 leaves nothing that would keep the next service out", async () => {
  const dataDir = temporaryDir();
  for (let round = 0; round < 3; round++) {
    const holder = startProcess("holder.ts", dataDir);
    expect(await holder.line()).toBe("open");
    await holder.kill();
  }
  const store = openIn(dataDir);
  await store.close();
  expect(statSync(join(dataDir, `${STORE_FILE_NAME}-lock`)).size).toBe(0);
});

it("a service that ended gives the store free", async () => {
  const dataDir = temporaryDir();
  const holder = startProcess("holder.ts", dataDir);
  expect(await holder.line()).toBe("open");
  await holder.end();
  await openIn(dataDir).close();
  await openIn(dataDir).close();
});

it("of many services that start at once exactly one opens the store", async () => {
  const dataDir = temporaryDir();
  const starting = Array.from({ length: 5 }, () => startProcess("holder.ts", dataDir));
  const words = await Promise.all(starting.map((one) => one.line()));
  expect(words.filter((word) => word === "open")).toHaveLength(1);
  expect(words.filter((word) => word?.startsWith("in_use: "))).toHaveLength(4);
});

it("a second opening in the same process is refused and does not weaken the first", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  expect(openSqliteStore({ dataDir })._unsafeUnwrapErr().message).toContain(`in use by process ${process.pid} `);
  expect(await startProcess("holder.ts", dataDir).line()).toMatch(/^in_use: /);
  expect((await store.readings.putDays([putOf(keyOf(1, 1))], calm)).isOk()).toBe(true);
  await store.close();
});

it("another path to the same file is the same file", async () => {
  const [dataDir, elsewhere] = [temporaryDir(), temporaryDir()];
  const store = openIn(dataDir);
  symlinkSync(dataDir, join(elsewhere, "dir"));
  symlinkSync(join(dataDir, STORE_FILE_NAME), join(elsewhere, "file"));
  expect(openSqliteStore({ dataDir: join(elsewhere, "dir") })._unsafeUnwrapErr().kind).toBe("in_use");
  expect(openSqliteStore({ file: join(elsewhere, "file") })._unsafeUnwrapErr().kind).toBe("in_use");
  await store.close();
});
