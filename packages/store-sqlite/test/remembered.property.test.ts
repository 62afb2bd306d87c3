import { setImmediate as nextTurn } from "node:timers/promises";
import type { Day, DaySpan, ReadingStore, StoredDay } from "@bg-ingest/core";
import { createMemoryReadingStore } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryStore } from "./memory-store.ts";
import { calm, keyOf, must, putOf, recordOf, sourceOf, userOf } from "./samples.ts";

const source = fc.integer({ min: 1, max: 2 });
const day = fc.integer({ min: 1, max: 4 });
const whole = fc.constant([0, 5] as const);
const part = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }));

/** Of one person with two sources. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), source, day }),
  fc.record({ kind: fc.constant("erase" as const), source }),
  fc.record({ kind: fc.constant("newest" as const), span: fc.oneof(whole, part), most: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant("turn" as const) }),
);

const dayOfSource = (n: number, on: number) => ({ ...keyOf(1, on), sourceId: sourceOf(n) });

const descending = { order: "descending", consistency: "strong" } as const;

async function newest(store: ReadingStore, [first, last]: readonly [number, number], most: number): Promise<readonly StoredDay[]> {
  const found: StoredDay[] = [];
  const asked: DaySpan = { first: first as Day, last: last as Day };
  for await (const each of store.days(userOf(1), asked, descending, calm)) {
    found.push(each._unsafeUnwrap());
    if (found.length === most) break;
  }
  return found;
}

it("the newest days are those that are stored, however reads, writes and erasures take turns", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
      const { readings } = memoryStore().store;
      const plain = createMemoryReadingStore();
      for (const each of steps) {
        if (each.kind === "put") {
          const key = dayOfSource(each.source, each.day);
          const expected = (await must(plain.getDays([key], calm)))[0]?.version ?? 0;
          for (const store of [readings, plain]) await must(store.putDays([putOf(key, expected)], calm));
        } else if (each.kind === "erase") {
          for (const store of [readings, plain]) await must(store.eraseSource(userOf(1), sourceOf(each.source), calm));
        } else if (each.kind === "newest") {
          expect(await newest(readings, each.span, each.most)).toEqual(await newest(plain, each.span, each.most));
        } else await nextTurn();
      }
    }),
  );
});

it("what a write has been answered for is read, even if somebody read just before it", async () => {
  const { readings } = memoryStore().store;
  for (let version = 0; version < 10; version++) {
    const writing = must(readings.putDays([putOf(keyOf(1, 3), version)], calm));
    const [during] = await newest(readings, [0, 9], 1);
    expect(during?.version ?? 0).toBe(version);
    await writing;
    expect((await newest(readings, [0, 9], 1))[0]?.version).toBe(version + 1);
  }
});

it("whoever reads on while the newest is written meets no day twice", async () => {
  const { readings } = memoryStore().store;
  await must(
    readings.putDays(
      [1, 2, 3].map((number) => putOf(keyOf(1, number))),
      calm,
    ),
  );
  await newest(readings, [0, 9], 1);
  const days: number[] = [];
  for await (const each of readings.days(userOf(1), { first: 0 as Day, last: 9 as Day }, descending, calm)) {
    days.push(each._unsafeUnwrap().day);
    if (days.length === 1) await must(readings.putDays([putOf(keyOf(1, 3), 1), putOf(keyOf(1, 4))], calm));
  }
  expect(days).toEqual([3, 2, 1]);
});

it("what one caller does to the bytes it got, no other sees", async () => {
  const { readings } = memoryStore().store;
  await must(readings.putDays([putOf(keyOf(1, 1))], calm));
  for (let i = 0; i < 3; i++) {
    const [found] = await newest(readings, [0, 9], 1);
    expect(found?.bytes).toEqual(putOf(keyOf(1, 1)).bytes);
    found?.bytes.fill(0);
  }
});

it("records are those that are stored, whoever looked before the write or during it", async () => {
  const { connections } = memoryStore().store;
  expect(await must(connections.recordsOf(userOf(1), calm))).toEqual([]);
  for (let version = 1; version < 10; version++) {
    const writing = must(connections.replaceRecord(recordOf(1, version), version - 1, calm));
    expect((await must(connections.recordsOf(userOf(1), calm)))[0]?.version ?? 0).toBe(version - 1);
    await writing;
    expect(await must(connections.recordsOf(userOf(1), calm))).toEqual([recordOf(1, version)]);
  }
});
