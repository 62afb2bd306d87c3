import type { DayPut } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SqliteStore } from "../src/index.ts";
import { memoryStore } from "./memory-store.ts";
import { ascending, calm, deliveryOf, everything, keyOf, putOf, recordOf, sourceKeyOf, userOf } from "./samples.ts";

type Write = (store: SqliteStore) => PromiseLike<unknown>;

const few = fc.nat(2);
const dayPut = fc.record({ n: few, day: few, expected: few }).map(({ n, day, expected }) => putOf(keyOf(n, day), expected, 20));
/** No such day exists: a bug of the caller, which spoils the transaction it is part of. */
const spoilt = few.map((n) => putOf(keyOf(n, 1_000_000), 0, 20));

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.array(dayPut, { maxLength: 4 }).map((puts) => putDays(puts)) },
  { weight: 1, arbitrary: fc.tuple(fc.array(dayPut, { maxLength: 2 }), spoilt).map(([puts, bad]) => putDays([...puts, bad])) },
  few.map(
    (n): Write =>
      ({ readings }) =>
        readings.eraseSource(userOf(n), sourceKeyOf(n).sourceId, calm),
  ),
  fc.tuple(few, few).map(
    ([n, version]): Write =>
      ({ connections }) =>
        connections.replaceRecord(recordOf(n, version + 1), version, calm),
  ),
  fc.tuple(few, few).map(
    ([n, version]): Write =>
      ({ connections }) =>
        connections.replaceSecrets(sourceKeyOf(n), { sealed: Uint8Array.of(n, version), claim: null, version: version + 1 }, calm),
  ),
  fc.tuple(few, few).map(
    ([n, id]): Write =>
      ({ queue }) =>
        queue.enqueue(deliveryOf(String(id), n), calm),
  ),
);

function putDays(puts: readonly DayPut[]): Write {
  return ({ readings }) => readings.putDays(puts, calm);
}

it("writes issued together end as they would one at a time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(write, { minLength: 1, maxLength: 8 }), { maxLength: 5 }), async (bursts) => {
      const [together, alone] = [memoryStore().store, memoryStore().store];
      for (const burst of bursts) {
        const answers = await Promise.all(burst.map((one) => one(together)));
        const expected: unknown[] = [];
        for (const one of burst) expected.push(await one(alone));
        expect(answers.map(plain)).toEqual(expected.map(plain));
      }
      expect(await contentOf(together)).toEqual(await contentOf(alone));
    }),
  );
});

function plain(answer: unknown): unknown {
  const { value, error } = answer as { readonly value?: unknown; readonly error?: { readonly kind: string } };
  return error === undefined ? { value } : { error: error.kind };
}

async function contentOf({ readings, connections, queue }: SqliteStore): Promise<unknown> {
  const content: unknown[] = [await queue.depth(calm)];
  for (const n of [0, 1, 2]) {
    for await (const day of readings.days(userOf(n), everything, ascending, calm)) content.push(day._unsafeUnwrap());
    content.push((await connections.recordsOf(userOf(n), calm))._unsafeUnwrap());
    content.push((await connections.secretsOf(sourceKeyOf(n), calm))._unsafeUnwrap());
  }
  return content;
}
