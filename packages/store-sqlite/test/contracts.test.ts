import { setTimeout as sleep } from "node:timers/promises";
import {
  authorizationStoreContract,
  connectionStoreContract,
  createManualTime,
  rateLedgerContract,
  readingStoreContract,
  type UnderTest,
  workQueueContract,
} from "@bg-ingest/core/testing";
import { describe, it } from "vitest";
import type { SqliteStore, SqliteStoreDeps } from "../src/index.ts";
import { copyOfFiles, openIn, temporaryDir } from "./temporary-store.ts";

async function portOf<Port>(pick: (store: SqliteStore) => Port, deps: SqliteStoreDeps = {}): Promise<UnderTest<Port>> {
  const dataDir = temporaryDir();
  const opened = [openIn(dataDir, deps)];
  return {
    port: pick(opened[0] as SqliteStore),
    restarted: async () => {
      const store = openIn(copyOfFiles(dataDir), deps);
      opened.push(store);
      return pick(store);
    },
    close: async () => {
      for (const store of opened) await store.close();
    },
  };
}

describe("SQLite keeps the promises of a reading store", () => {
  for (const { id, run } of readingStoreContract(() => portOf(({ readings }) => readings))) it(id, run);
});

describe("SQLite keeps the promises of a connection store", () => {
  for (const { id, run } of connectionStoreContract(() => portOf(({ connections }) => connections))) it(id, run);
});

describe("SQLite keeps the promises of a rate ledger", () => {
  for (const { id, run } of rateLedgerContract(() => portOf(({ rateLedger }) => rateLedger))) it(id, run);
});

describe("SQLite keeps the promises of an authorisation store", () => {
  for (const { id, run } of authorizationStoreContract(() => portOf(({ authorizations }) => authorizations))) it(id, run);
});

describe.each([1, 4])("SQLite keeps the promises of a work queue, %i at a time", (parallelDeliveries) => {
  const make = async () => {
    const time = createManualTime();
    return {
      ...(await portOf(({ queue }) => queue, { time, parallelDeliveries })),
      nowMs: time.nowMs,
      passTime: async (ms: number) => {
        time.pass(ms);
        await sleep(0);
      },
      patience: () => sleep(10_000, undefined, { ref: false }),
    };
  };
  for (const { id, run } of workQueueContract(make)) it(id, run);
});
