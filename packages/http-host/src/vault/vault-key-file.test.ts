import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { SourceKey } from "@bg-ingest/core";
import { expect, it } from "vitest";
import { createVault, newVaultKey } from "./vault.ts";
import { vaultKeysFromFile } from "./vault-key-file.ts";

const emptyDir = () => join(mkdtempSync(join(tmpdir(), "bg-vault-")), "data");

it("makes a key on first start that only its owner can read, and finds it again", () => {
  const dir = emptyDir();
  const first = vaultKeysFromFile(dir)._unsafeUnwrap();
  expect(first.isNew).toBe(true);
  expect(vaultKeysFromFile(dir)._unsafeUnwrap()).toEqual({ keys: first.keys, isNew: false });
  expect(statSync(join(dir, "vault.key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dir, "vault.key"), "utf8").trim()).toHaveLength(44);
});

it("refuses a damaged key file rather than making a new key over it", () => {
  const dir = emptyDir();
  vaultKeysFromFile(dir)._unsafeUnwrap();
  writeFileSync(join(dir, "vault.key"), "not a key");
  expect(vaultKeysFromFile(dir)._unsafeUnwrapErr().message).toMatch(
    /does not hold a key in each line: the key given .* is not the base64 of 32 bytes/,
  );
});

it("holds a new key in front of the old one, in a line each", async () => {
  const dir = emptyDir();
  const source = { userId: "anna", sourceId: "annasource1" } as SourceKey;
  const [old] = vaultKeysFromFile(dir)._unsafeUnwrap().keys;
  const sealed = (await createVault([old]).seal(source, Buffer.from("token")))._unsafeUnwrap();
  const path = join(dir, "vault.key");
  writeFileSync(path, `${newVaultKey()}\r\n\n${readFileSync(path, "utf8")}`);
  const { keys } = vaultKeysFromFile(dir)._unsafeUnwrap();
  expect(keys).toHaveLength(2);
  expect(keys[1]).toEqual(old);
  expect(Buffer.from((await createVault(keys).open(source, sealed))._unsafeUnwrap()).toString()).toBe("token");
  const sealedAnew = (await createVault(keys).seal(source, Buffer.from("token")))._unsafeUnwrap();
  expect((await createVault([old]).open(source, sealedAnew)).isErr()).toBe(true);
});

it("leaves nothing but the key in the folder, and is not harmed by what a crash left there", () => {
  const dir = emptyDir();
  mkdirSync(dir);
  const leftOver = ["vault.key.new", "vault.key.6f0e.new"];
  for (const name of leftOver) writeFileSync(join(dir, name), "half a k");
  const { keys, isNew } = vaultKeysFromFile(dir)._unsafeUnwrap();
  expect(isNew).toBe(true);
  expect(vaultKeysFromFile(dir)._unsafeUnwrap()).toEqual({ keys, isNew: false });
  expect(readdirSync(dir).toSorted()).toEqual(["vault.key", ...leftOver].toSorted());
});

it("never writes over a key, whether sound, damaged or empty", () => {
  for (const text of [`${Buffer.alloc(32, 7).toString("base64")}\n`, "half a k", ""]) {
    const dir = emptyDir();
    mkdirSync(dir);
    writeFileSync(join(dir, "vault.key"), text);
    expect(vaultKeysFromFile(dir).unwrapOr({ isNew: false }).isNew).toBe(false);
    expect(readFileSync(join(dir, "vault.key"), "utf8")).toBe(text);
    expect(readdirSync(dir)).toEqual(["vault.key"]);
  }
});

it("starts that make the key at the same time all get the same one", async () => {
  const dir = emptyDir();
  const made = (await Promise.all(Array.from({ length: 6 }, () => keyMadeByThread(dir)))).map((line) => JSON.parse(line));
  expect(new Set(made.map(({ key }) => key)).size).toBe(1);
  expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(readdirSync(dir)).toEqual(["vault.key"]);
});

/** A thread of its own, since making a key keeps its thread busy until it is made. */
function keyMadeByThread(dir: string): Promise<string> {
  const module = new URL("./vault-key-file.ts", import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.module).then(({ vaultKeysFromFile }) => {
      const { keys, isNew } = vaultKeysFromFile(workerData.dir)._unsafeUnwrap();
      parentPort.postMessage(JSON.stringify({ key: keys[0].toString("base64"), isNew }));
    });`;
  const worker = new Worker(code, { eval: true, workerData: { module, dir } });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
