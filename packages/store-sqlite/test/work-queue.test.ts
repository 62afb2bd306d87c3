import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery, Logger, Verdict } from "@bg-ingest/core";
import { createManualTime, type ManualTime } from "@bg-ingest/core/testing";
import { expect, it } from "vitest";
import type { SqliteStoreDeps } from "../src/index.ts";
import { memoryStore } from "./memory-store.ts";
import { calm, deliveryOf, must, sourceOf } from "./samples.ts";
import { copyOfFiles, openIn, temporaryDir } from "./temporary-store.ts";

const HOUR_MS = 3_600_000;
const done: Verdict = { kind: "done" };

function queueWith(deps: SqliteStoreDeps = {}) {
  const time = createManualTime();
  return { time, ...memoryStore({ time, ...deps }) };
}

/** Whatever the queue can do without time passing, it has done then. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await sleep(0);
}

it("so many are worked on at once as was asked for, and no more", async () => {
  const { store } = queueWith({ parallelDeliveries: 3 });
  const waiting: (() => void)[] = [];
  store.queue.consume(() => new Promise((resolve) => waiting.push(() => resolve(done))));
  for (let n = 0; n < 10; n++) await must(store.queue.enqueue(deliveryOf("1", n), calm));
  for (const working of [3, 3, 3, 1]) {
    await settle();
    expect(waiting).toHaveLength(working);
    for (const finish of waiting.splice(0)) finish();
  }
});

it("a source with much waiting takes turns with the others", async () => {
  const { store } = queueWith({ parallelDeliveries: 1 });
  for (const id of ["1", "2", "3"]) await must(store.queue.enqueue(deliveryOf(id, 1), calm));
  await must(store.queue.enqueue(deliveryOf("1", 2), calm));
  const order: string[] = [];
  store.queue.consume(async ({ sourceId, id }) => {
    order.push(`${sourceId === sourceOf(1) ? "busy" : "quiet"} ${id}`);
    return done;
  });
  await settle();
  expect(order).toEqual(["busy 1", "quiet 1", "busy 2", "busy 3"]);
});

it("two consumers share the sources: no source is worked on twice at once", async () => {
  const { store } = queueWith();
  for (let n = 0; n < 4; n++) for (const id of ["1", "2", "3"]) await must(store.queue.enqueue(deliveryOf(id, n), calm));
  const working = new Set<string>();
  const handedOut: string[] = [];
  const work = async ({ sourceId, id }: Delivery) => {
    expect(working.has(sourceId)).toBe(false);
    working.add(sourceId);
    handedOut.push(`${sourceId} ${id}`);
    await sleep(1);
    working.delete(sourceId);
    return done;
  };
  const consumers = [store.queue.consume(work), store.queue.consume(work)];
  while ((await store.queue.depth(calm))._unsafeUnwrap().waiting > 0) await sleep(1);
  await Promise.all(consumers.map((one) => one.stop()));
  expect(new Set(handedOut).size).toBe(12);
  expect(handedOut).toHaveLength(12);
});

it("a verdict that finds no space is kept and recorded later; the work is not done twice", async () => {
  const { store, database, time } = queueWith();
  await must(store.queue.enqueue(deliveryOf("1"), calm));
  let worked = 0;
  store.queue.consume(async () => {
    worked++;
    database.exec("BEGIN");
    return done;
  });
  for (let second = 0; second < 15; second++) {
    await settle();
    time.pass(1_000);
  }
  expect((await store.queue.depth(calm))._unsafeUnwrap().waiting).toBe(1);
  database.exec("COMMIT");
  time.pass(1_000);
  await settle();
  expect(worked).toBe(1);
  expect((await store.queue.depth(calm))._unsafeUnwrap().waiting).toBe(0);
});

it("stop does not wait for a store that takes no verdict: the delivery comes again", async () => {
  const { store, database } = queueWith();
  await must(store.queue.enqueue(deliveryOf("1"), calm));
  const first = store.queue.consume(async () => {
    database.exec("BEGIN");
    return done;
  });
  await settle();
  await first.stop();
  database.exec("COMMIT");
  const again: string[] = [];
  store.queue.consume(async ({ id }) => {
    again.push(id);
    return done;
  });
  await settle();
  expect(again).toEqual(["1"]);
});

it("work that throws is told to the log without a word of what was delivered, and is tried again in a minute", async () => {
  const logged: unknown[] = [];
  const silent = () => undefined;
  const logger: Logger = { debug: silent, info: silent, warn: silent, error: (...line) => logged.push(line) };
  const { store, time } = queueWith({ logger });
  await must(store.queue.enqueue(deliveryOf("1", 1), calm));
  await must(store.queue.enqueue(deliveryOf("1", 2), calm));
  const handedOut: string[] = [];
  store.queue.consume(async ({ sourceId }) => {
    handedOut.push(sourceId);
    if (handedOut.length === 1) throw new TypeError("glucose 123 of anna is odd");
    return done;
  });
  await settle();
  expect(handedOut).toEqual([sourceOf(1), sourceOf(2)]);
  time.pass(59_999);
  await settle();
  expect(handedOut).toHaveLength(2);
  time.pass(1);
  await settle();
  expect(handedOut).toEqual([sourceOf(1), sourceOf(2), sourceOf(1)]);
  expect(logged).toHaveLength(1);
  expect(JSON.stringify(logged)).toMatch(/TypeError.+work-queue\.test\.ts/);
  expect(JSON.stringify(logged)).not.toMatch(/123|anna/);
});

it("a wait is kept across a restart, and a clock that was set back does not prolong it", async () => {
  const startMs = 1_745_000_000_000;
  const dataDir = temporaryDir();
  const store = openIn(dataDir, { time: createManualTime(startMs) });
  await must(store.queue.enqueue(deliveryOf("1"), calm));
  const holding = store.queue.consume(async () => ({ kind: "hold", waitMs: HOUR_MS }));
  await settle();
  await holding.stop();

  const waitedMs = async (time: ManualTime): Promise<number> => {
    const later = openIn(copyOfFiles(dataDir), { time });
    let came: number | undefined;
    later.queue.consume(async () => {
      came ??= time.monotonicMs();
      return done;
    });
    for (let minute = 0; came === undefined && minute < 120; minute++) {
      await settle();
      time.pass(60_000);
    }
    await later.close();
    return came ?? Number.POSITIVE_INFINITY;
  };
  expect(await waitedMs(createManualTime(startMs))).toBe(HOUR_MS);
  expect(await waitedMs(createManualTime(startMs + HOUR_MS / 2))).toBe(HOUR_MS / 2);
  expect(await waitedMs(createManualTime(startMs + 2 * HOUR_MS))).toBe(0);
  expect(await waitedMs(createManualTime(startMs - 1_000 * HOUR_MS))).toBe(0);
  await store.close();
});

it("a wait and a clock with fractions of a millisecond are kept across a restart as well, never the shorter for it", async () => {
  const startMs = 1_745_000_000_000.75;
  for (const [waitMs, leastMs] of [
    [0.5, 0.5],
    [1_000.5, 1_000.5],
    [Number.POSITIVE_INFINITY, 1_000 * HOUR_MS],
  ] as const) {
    const dataDir = temporaryDir();
    const store = openIn(dataDir, { time: createManualTime(startMs) });
    await must(store.queue.enqueue(deliveryOf("1"), calm));
    const holding = store.queue.consume(async () => ({ kind: "hold", waitMs }));
    await settle();
    await holding.stop();
    await store.close();

    const time = createManualTime(startMs);
    const later = openIn(dataDir, { time });
    let came = false;
    later.queue.consume(async () => {
      came = true;
      return done;
    });
    time.pass(leastMs - 0.125);
    await settle();
    expect(came).toBe(false);
    if (Number.isFinite(waitMs)) {
      time.pass(1.125);
      await settle();
      expect(came).toBe(true);
    }
    await later.close();
  }
});

it("an id is known for the whole of its week, to the fraction of a millisecond", async () => {
  const { store, time } = queueWith();
  time.pass(0.75);
  await must(store.queue.enqueue(deliveryOf("1"), calm));
  time.pass(7 * 24 * HOUR_MS - 0.25);
  expect(await must(store.queue.enqueue(deliveryOf("1"), calm))).toBe("known");
  time.pass(1);
  expect(await must(store.queue.enqueue(deliveryOf("1"), calm))).toBe("enqueued");
});

it("ids older than a week are forgotten, a few with each delivery", async () => {
  const { store, database, time } = queueWith();
  const known = () => Number(database.prepare("SELECT count(*) AS count FROM delivery_ids").get()?.["count"]);
  for (let id = 0; id < 120; id++) await must(store.queue.enqueue(deliveryOf(String(id)), calm));
  time.pass(7 * 24 * HOUR_MS);
  for (const left of [71, 22, 3]) {
    await must(store.queue.enqueue(deliveryOf(`late ${left}`), calm));
    expect(known()).toBe(left);
  }
});

it("closing tells the work in hand to give up, and the delivery comes again", async () => {
  const dataDir = temporaryDir();
  const store = openIn(dataDir);
  await must(store.queue.enqueue(deliveryOf("1"), calm));
  const told = new Promise((resolve) => {
    store.queue.consume((_, { signal }) => {
      signal.addEventListener("abort", () => resolve("told"));
      return new Promise(() => undefined);
    });
  });
  await settle();
  await store.close();
  expect(await told).toBe("told");
  const later = openIn(dataDir);
  expect((await later.queue.depth(calm))._unsafeUnwrap().waiting).toBe(1);
  await later.close();
});
