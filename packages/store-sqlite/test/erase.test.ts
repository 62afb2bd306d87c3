import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Instant, ProviderName } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { expect, it } from "vitest";
import { type SqliteStore, STORE_FILE_NAME } from "../src/index.ts";
import { ascending, calm, deliveryOf, everything, keyOf, must, putOf, sourceKeyOf, sourceOf, userOf } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

const DAYS = 120;

it("what was erased stands nowhere in the files any more", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  for (const n of [1, 2, 3]) await fill(store, n);
  expect(tracesOf(dataDir, 2)).toEqual(["day", "secret", "set aside", "delivery", "user"]);

  await must(store.connections.eraseSource(sourceKeyOf(2), calm));
  await must(store.queue.eraseSource(sourceOf(2), calm));
  expect((await store.readings.eraseSource(userOf(2), sourceOf(2), calm))._unsafeUnwrap()).toBe(DAYS);

  expect(tracesOf(dataDir, 2)).toEqual([]);
  expect(tracesOf(dataDir, 1)).toEqual(["day", "secret", "set aside", "delivery", "user"]);
  let left = 0;
  for await (const day of store.readings.days(userOf(3), everything, ascending, calm)) left += day.isOk() ? 1 : 0;
  expect(left).toBe(DAYS);
  await store.close();
});

it("the body of a delivery that was set apart as somebody else's stands nowhere in the files any more", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  for (const n of [1, 2]) await fill(store, n);
  const consumption = store.queue.consume(async ({ sourceId }) => {
    return { kind: "set_apart", reason: "odd", body: sourceId === sourceOf(2) ? "deleted" : "kept" };
  });
  while ((await must(store.queue.depth(calm))).waiting > 0) await sleep(1);
  await consumption.stop();
  expect(tracesOf(dataDir, 2)).toEqual(["day", "secret", "set aside", "user"]);
  expect(tracesOf(dataDir, 1)).toContain("delivery");
  await store.close();
});

it("credentials that were deleted stand nowhere in the files any more", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  for (const n of [1, 2]) await fill(store, n);
  await must(store.connections.replaceSecrets(sourceKeyOf(2), { sealed: null, claim: null, version: 2 }, calm));
  expect(tracesOf(dataDir, 2)).toEqual(["day", "set aside", "delivery", "user"]);
  expect(tracesOf(dataDir, 1)).toContain("secret");
  await store.close();
});

it("who began to consent and never came back stands nowhere in the files once that has expired, through a restart too", async () => {
  for (const isRestarted of [false, true]) {
    const [dataDir, time] = [temporaryDir(), createManualTime(1_745_000_000_000)];
    let store = openIn(dataDir, { time });
    const begunAt = 1_745_000_000 as Instant;
    const expiresAt = (begunAt + 600) as Instant;
    const names = { stateDigest: "state", browserDigest: "browser", provider: "mock" as ProviderName };
    await must(store.authorizations.begin({ ...names, userId: userOf(2), sourceId: null, begunAt, expiresAt }, calm));
    expect(tracesOf(dataDir, 2)).toEqual(["user"]);
    if (isRestarted) {
      await store.close();
      store = openIn(dataDir, { time });
    }
    time.pass(599_000);
    expect(await must(store.authorizations.waiting("state", 1_745_000_599 as Instant, calm))).toMatchObject(names);
    time.pass(61_000);
    await expect.poll(() => tracesOf(dataDir, 2)).toEqual([]);
    await store.close();
  }
});

/** Days that grow as polls bring more, so that their bytes are written over and moved about. */
async function fill({ readings, connections, queue }: SqliteStore, n: number): Promise<void> {
  for (let version = 0; version < 3; version++) {
    for (let day = 0; day < DAYS; day++) {
      await must(readings.putDays([{ ...putOf(keyOf(n, day), version), bytes: marked(`day ${n}`, 150 * (version + 1)) }], calm));
    }
  }
  await must(connections.replaceSecrets(sourceKeyOf(n), { sealed: marked(`secret ${n}`, 3_000), claim: null, version: 1 }, calm));
  const at = 1_745_000_000 as Instant;
  const record = { reason: "odd", detail: "", at, record: `<set aside ${n}>`.repeat(200), setAsideAt: at };
  await must(
    connections.setAside(
      sourceKeyOf(n),
      Array.from({ length: 20 }, (_, key) => ({ ...record, key: String(key) })),
      calm,
    ),
  );
  for (let id = 0; id < 20; id++) await must(queue.enqueue({ ...deliveryOf(String(id), n), body: marked(`delivery ${n}`, 20_000) }, calm));
}

function marked(text: string, length: number): Uint8Array {
  return new TextEncoder().encode(`<${text}>`.repeat(length).slice(0, length));
}

function tracesOf(dataDir: string, n: number): readonly string[] {
  const files = ["", "-wal"].map((suffix) => join(dataDir, STORE_FILE_NAME + suffix)).filter((file) => existsSync(file));
  const all = files.map((file) => readFileSync(file, "latin1")).join("");
  const traces = ["day", "secret", "set aside", "delivery"].filter((what) => all.includes(`<${what} ${n}>`));
  return all.includes(userOf(n)) ? [...traces, "user"] : traces;
}
