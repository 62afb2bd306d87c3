import { copyFileSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiKey, ApiKeyId, Instant } from "@bg-ingest/core";
import { apiKeyStoreContract } from "@bg-ingest/core/testing";
import { describe, expect, it } from "vitest";
import { API_KEYS_FILE_NAME, openSqliteApiKeys, type SqliteApiKeys } from "../src/index.ts";
import { calm } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

const open = (dataDir: string): SqliteApiKeys => openSqliteApiKeys({ dataDir })._unsafeUnwrap();

/** The files as they stand at this moment, as if the process that has them open had died now. */
function copyOf(dataDir: string): string {
  const copy = temporaryDir();
  for (const name of [API_KEYS_FILE_NAME, `${API_KEYS_FILE_NAME}-wal`])
    if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(copy, name));
  return copy;
}

describe("SQLite keeps the promises of a store of keys", () => {
  const make = async () => {
    const dataDir = temporaryDir();
    const opened = [open(dataDir)];
    return {
      port: (opened[0] as SqliteApiKeys).apiKeys,
      restarted: async () => {
        const store = open(copyOf(dataDir));
        opened.push(store);
        return store.apiKeys;
      },
      close: async () => {
        for (const store of opened) await store.close();
      },
    };
  };
  for (const { id, run } of apiKeyStoreContract(make)) it(id, run);
});

const key: ApiKey = {
  id: "0123456789abcdef" as ApiKeyId,
  digest: "0123456789abcdef0000",
  name: "dashboard",
  scopes: ["read"],
  subject: null,
  createdAt: 1_745_000_000 as Instant,
  lastUsedAt: null,
  revokedAt: null,
};

it("what a command writes is seen by the service that has the same keys open, at once", async () => {
  const dataDir = temporaryDir();
  const service = openIn(dataDir);
  const [served, command] = [open(dataDir), open(dataDir)];
  (await command.apiKeys.add(key, calm))._unsafeUnwrap();
  expect((await served.apiKeys.find(key.id, calm))._unsafeUnwrap()).toEqual(key);
  (await served.apiKeys.noteUse(key.id, 1_745_000_010 as Instant, calm))._unsafeUnwrap();
  (await command.apiKeys.revoke(key.id, 1_745_000_020 as Instant, calm))._unsafeUnwrap();
  expect((await served.apiKeys.find(key.id, calm))._unsafeUnwrap()).toMatchObject({ lastUsedAt: 1_745_000_010, revokedAt: 1_745_000_020 });
  for (const opened of [served, command, service]) await opened.close();
});

it("the file is for its owner alone, and one that is none of ours is left as it is", async () => {
  const dataDir = temporaryDir();
  await open(dataDir).close();
  if (process.platform !== "win32") expect(statSync(join(dataDir, API_KEYS_FILE_NAME)).mode & 0o777).toBe(0o600);
  const other = temporaryDir();
  writeFileSync(join(other, API_KEYS_FILE_NAME), "not a database, but long enough to be taken for one".repeat(20));
  expect(openSqliteApiKeys({ dataDir: other })._unsafeUnwrapErr().kind).toBe("not_ours");
});
