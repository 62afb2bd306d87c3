import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  authorizationStoreContract,
  connectionStoreContract,
  createManualTime,
  type LetterSetApart,
  rateLedgerContract,
  readingStoreContract,
  type UnderTest,
  workQueueContract,
} from "@bg-ingest/core/testing";
import { describe, it } from "vitest";
import { type SqliteStore, type SqliteStoreDeps, STORE_FILE_NAME } from "../src/index.ts";
import { copyOfFiles, openIn, temporaryDir } from "./temporary-store.ts";

interface InFiles<Port> extends UnderTest<Port> {
  /** Where the files stand that were opened last. */
  readonly dataDir: () => string;
}

async function portOf<Port>(pick: (store: SqliteStore) => Port, deps: SqliteStoreDeps = {}): Promise<InFiles<Port>> {
  let dataDir = temporaryDir();
  const opened = [openIn(dataDir, deps)];
  return {
    dataDir: () => dataDir,
    port: pick(opened[0] as SqliteStore),
    restarted: async () => {
      dataDir = copyOfFiles(dataDir);
      const store = openIn(dataDir, deps);
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

/** As the README has people look for them. */
function lettersIn(dataDir: string): readonly LetterSetApart[] {
  const database = new DatabaseSync(join(dataDir, STORE_FILE_NAME), { readOnly: true });
  const columns = "source AS sourceId, id, signed_at AS signedAt, set_apart_reason AS reason, body";
  const letters = database.prepare(`SELECT ${columns} FROM deliveries WHERE set_apart_at_ms IS NOT NULL`).all();
  database.close();
  return letters.map((letter) => ({ ...letter }) as unknown as LetterSetApart);
}

describe.each([1, 4])("SQLite keeps the promises of a work queue, %i at a time", (parallelDeliveries) => {
  const make = async () => {
    const time = createManualTime();
    const subject = await portOf(({ queue }) => queue, { time, parallelDeliveries });
    return {
      ...subject,
      setApart: async () => lettersIn(subject.dataDir()),
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
