import { writeSync } from "node:fs";
import { openSqliteStore } from "../src/index.ts";
import { calm, deliveryOf, keyOf, putOf, recordOf, sourceKeyOf } from "./samples.ts";

/** Writes without end, and says of each write that was answered what it was; some lines of work at once, so that transactions are shared. */
const LINES = 8;
const store = openSqliteStore({ dataDir: process.argv[2] ?? "" })._unsafeUnwrap();
const say = (...words: readonly (string | number)[]) => writeSync(1, `${words.join(" ")}\n`);
say("open");

store.queue.consume(async ({ id }) => {
  say("worked", id);
  return id.endsWith("7") ? { kind: "set_apart", reason: "ends with 7", body: "kept" } : { kind: "done" };
});
await Promise.all(Array.from({ length: LINES }, (_, n) => write(n)));

async function write(n: number): Promise<never> {
  for (let round = 0; ; round++) {
    const keys = [keyOf(n, round % 20), keyOf(n, 20 + (round % 3))];
    const standing = (await store.readings.getDays(keys, calm))._unsafeUnwrap();
    const puts = keys.map((key, at) => putOf(key, standing[at]?.version ?? 0));
    const outcomes = (await store.readings.putDays(puts, calm))._unsafeUnwrap();
    for (const [at, put] of puts.entries()) if (outcomes[at]?.kind === "written") say("day", n, put.day, put.version);
    const [record] = (await store.connections.recordsOf(sourceKeyOf(n).userId, calm))._unsafeUnwrap();
    const version = (record?.version ?? 0) + 1;
    const replaced = (await store.connections.replaceRecord(recordOf(n, version), version - 1, calm))._unsafeUnwrap();
    if (replaced.kind === "written") say("record", n, version);
    const id = `${n}-${version}-${round}`;
    (await store.queue.enqueue(deliveryOf(id, n), calm))._unsafeUnwrap();
    say("delivery", id);
  }
}
