import { setTimeout as sleep } from "node:timers/promises";
import type { DayKey, SourceId } from "@bg-ingest/core";
import { seededChance } from "@bg-ingest/core/testing";
import { expect, it } from "vitest";
import type { DynamoDbStore } from "../src/index.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { calm, freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { keyOf } from "./samples.ts";

const WRITERS = 8;
/** A minute where `BG_INGEST_STORM_SECONDS=60` says so. */
const STORM_SECONDS = Number(process.env["BG_INGEST_STORM_SECONDS"] ?? 6);
const STORM_MS = STORM_SECONDS * 1_000;
/** More than get through the storm. */
const ADDITIONS = 10 * STORM_SECONDS;
const DRAINED_WITHIN_MS = 60_000;
const FAULTS = ["throttle", "throttle", "throttle", "lose_answer", "lose_request", "fail"] as const satisfies readonly Fault[];

/** A day to which one writer adds a byte at a time. */
const keyOfWriter = (writer: number): DayKey => ({ ...keyOf(1), sourceId: `writer${writer}`.padEnd(10, "0") as SourceId });

onDynamoDb("a storm", () => {
  it("of throttling and lost answers loses nothing and doubles nothing, and afterwards costs hardly more calls than a calm day", async () => {
    const [table, proxy] = [await freshTable(), await startFaultProxy()];
    const store = table.another({ endpoint: proxy.endpoint });
    const writers = Array.from({ length: WRITERS }, (_, writer) => createWriter(store, keyOfWriter(writer)));
    const storming = storm(proxy);
    const done = Promise.all(writers.map(({ run }) => run()));
    await storming;
    const left = writers.reduce((sum, writer) => sum + ADDITIONS - writer.added(), 0);
    proxy.asked.length = 0;
    const healedMs = performance.now();
    await done;
    const drainedMs = performance.now() - healedMs;
    const callsOfCalmDay = 2 * left;
    process.stdout.write(
      `${JSON.stringify({ backlog: left, calls: proxy.asked.length, ratio: proxy.asked.length / callsOfCalmDay, drainedMs })}\n`,
    );
    expect(drainedMs).toBeLessThanOrEqual(DRAINED_WITHIN_MS);
    expect(left).toBeGreaterThan(WRITERS);
    expect(proxy.asked.length).toBeLessThanOrEqual(1.5 * callsOfCalmDay);
    for (let writer = 0; writer < WRITERS; writer++) {
      const [day] = (await table.store.readings.getDays([keyOfWriter(writer)], calm))._unsafeUnwrap();
      expect([...(day?.bytes ?? [])]).toEqual(Array.from({ length: ADDITIONS }, (_, n) => n % 256));
      expect(day?.version).toBe(ADDITIONS);
    }
    await table.drop();
    await proxy.close();
  });
});

/** Ever other odds, from three in ten requests to all of them; the same in every run, whatever is asked meanwhile. */
async function storm(proxy: FaultProxy): Promise<void> {
  const [weather, random] = [seededChance(42), seededChance(43)];
  for (const untilMs = Date.now() + STORM_MS; Date.now() < untilMs; await sleep(500)) {
    const odds = 0.3 + 0.7 * weather();
    proxy.fault = () => (random() < odds ? (FAULTS[Math.floor(random() * FAULTS.length)] as Fault) : "none");
  }
  proxy.fault = () => "none";
}

/** Reads, adds what is not there yet, writes over what it read, and begins again where that went wrong: as the ingest does. */
function createWriter({ readings }: DynamoDbStore, key: DayKey) {
  let added = 0;
  const addNext = async (): Promise<number> => {
    const read = await readings.getDays([key], calm);
    if (read.isErr()) return waitOf(read.error);
    const day = read.value[0] ?? null;
    const expectedVersion = day?.version ?? 0;
    added = expectedVersion;
    if (added === ADDITIONS) return 0;
    const bytes = Uint8Array.from([...(day?.bytes ?? []), expectedVersion % 256]);
    const put = await readings.putDays([{ ...key, version: expectedVersion + 1, expectedVersion, bytes }], calm);
    if (put.isErr()) return waitOf(put.error);
    expect(put.value).toEqual([{ kind: "written" }]);
    added++;
    return 0;
  };
  return {
    added: () => added,
    run: async (): Promise<void> => {
      while (added < ADDITIONS) await sleep(await addNext());
    },
  };
}

/** In a hurry: the whole storm lasts seconds. */
function waitOf({ kind, retryAfterMs = 0 }: { readonly kind: string; readonly retryAfterMs?: number }): number {
  expect(kind).toBe("retry");
  return retryAfterMs / 20;
}
