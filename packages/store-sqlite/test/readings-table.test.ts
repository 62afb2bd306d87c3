import { statSync } from "node:fs";
import { join } from "node:path";
import type { DayPut } from "@bg-ingest/core";
import { expect, it } from "vitest";
import { STORE_FILE_NAME } from "../src/index.ts";
import { ascending, calm, everything, keyOf, must, putOf, userOf } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

const USERS = 100;
const DAYS = 30;
const READINGS_A_DAY = 288;
/** Of a full day of a 5-minute sensor, measured over many. */
const DAY_BYTES = 560;

const users = Array.from({ length: USERS }, (_, n) => n);
const days = Array.from({ length: DAYS }, (_, day) => day);
const put = (n: number, day: number): DayPut => putOf(keyOf(n, 20_000 + day), 0, DAY_BYTES + ((n * 31 + day * 17) % 80) - 40);

const orders: Readonly<Record<string, readonly (readonly DayPut[])[]>> = {
  "day by day, all users": days.flatMap((day) => users.map((n) => [put(n, day)])),
  "user by user, the newest day first": users.flatMap((n) => days.toReversed().map((day) => [put(n, day)])),
  "in windows of 10 days, the newest first": [2, 1, 0].flatMap((window) =>
    users.map((n) => days.slice(10 * window, 10 * window + 10).map((day) => put(n, day))),
  ),
};

it.each(Object.entries(orders))("the whole file takes at most 2.5 bytes a reading, written %s", async (_, writes) => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  await Promise.all(writes.map((puts) => store.readings.putDays(puts, calm)));
  await store.close();
  expect(statSync(join(dataDir, STORE_FILE_NAME)).size / (USERS * DAYS * READINGS_A_DAY)).toBeLessThanOrEqual(2.5);
});

it("whoever reads years lets others have their turn", async () => {
  const store = openIn(temporaryDir());
  await must(
    store.readings.putDays(
      Array.from({ length: 2_000 }, (_, day) => putOf(keyOf(1, day))),
      calm,
    ),
  );
  let turns = 0;
  let isReading = true;
  const others = (): void => {
    turns++;
    if (isReading) setImmediate(others);
  };
  setImmediate(others);
  let read = 0;
  for await (const day of store.readings.days(userOf(1), everything, ascending, calm)) read += day.isOk() ? 1 : 0;
  isReading = false;
  expect(read).toBe(2_000);
  expect(turns).toBeGreaterThan(2_000 / 64 - 2);
  await store.close();
});
