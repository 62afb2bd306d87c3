import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { STORE_FILE_NAME } from "../src/index.ts";
import { ascending, calm, everything, keyOf, must, putOf, userOf } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

it("a backup made beside a running service, as the README says, opens as a store", async () => {
  const [dataDir, elsewhere] = [temporaryDir(), temporaryDir()];
  const store = openIn(dataDir);
  await must(
    store.readings.putDays(
      [1, 2, 3].map((day) => putOf(keyOf(1, day))),
      calm,
    ),
  );
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const statement = /VACUUM INTO '([^']+)'/.exec(readme);
  const beside = new DatabaseSync(join(dataDir, STORE_FILE_NAME), { readOnly: true });
  const backup = join(elsewhere, statement?.[1] ?? "");
  beside.exec(`VACUUM INTO '${backup}'`);
  beside.close();
  await must(store.readings.putDays([putOf(keyOf(1, 4))], calm));
  await store.close();

  copyFileSync(backup, join(elsewhere, STORE_FILE_NAME));
  const restored = openIn(elsewhere);
  const days: number[] = [];
  for await (const item of restored.readings.days(userOf(1), everything, ascending, calm)) days.push(item._unsafeUnwrap().day);
  expect(days).toEqual([1, 2, 3]);
  expect((await must(restored.readings.putDays([putOf(keyOf(1, 4))], calm)))[0]?.kind).toBe("written");
  await restored.close();
});
