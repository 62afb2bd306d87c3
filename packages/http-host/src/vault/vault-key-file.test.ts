import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { vaultKeyFromFile } from "./vault-key-file.ts";

const emptyDir = () => join(mkdtempSync(join(tmpdir(), "bg-vault-")), "data");

it("makes a key on first start that only its owner can read, and finds it again", () => {
  const dir = emptyDir();
  const first = vaultKeyFromFile(dir)._unsafeUnwrap();
  expect(first.isNew).toBe(true);
  expect(vaultKeyFromFile(dir)._unsafeUnwrap()).toEqual({ key: first.key, isNew: false });
  expect(statSync(join(dir, "vault.key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dir, "vault.key"), "utf8").trim()).toHaveLength(44);
});

it("refuses a damaged key file rather than making a new key over it", () => {
  const dir = emptyDir();
  vaultKeyFromFile(dir)._unsafeUnwrap();
  writeFileSync(join(dir, "vault.key"), "not a key");
  expect(vaultKeyFromFile(dir)._unsafeUnwrapErr().message).toContain("does not hold 32 bytes");
});

it("leaves nothing but the key in the folder, and is not harmed by what a crash left there", () => {
  const dir = emptyDir();
  mkdirSync(dir);
  const leftOver = ["vault.key.new", "vault.key.6f0e.new"];
  for (const name of leftOver) writeFileSync(join(dir, name), "half a k");
  const { key, isNew } = vaultKeyFromFile(dir)._unsafeUnwrap();
  expect(isNew).toBe(true);
  expect(vaultKeyFromFile(dir)._unsafeUnwrap()).toEqual({ key, isNew: false });
  expect(readdirSync(dir).toSorted()).toEqual(["vault.key", ...leftOver].toSorted());
});

it("never writes over a key, whether sound, damaged or empty", () => {
  for (const text of [`${Buffer.alloc(32, 7).toString("base64")}\n`, "half a k", ""]) {
    const dir = emptyDir();
    mkdirSync(dir);
    writeFileSync(join(dir, "vault.key"), text);
    expect(vaultKeyFromFile(dir).unwrapOr({ isNew: false }).isNew).toBe(false);
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
    import(workerData.module).then(({ vaultKeyFromFile }) => {
      const { key, isNew } = vaultKeyFromFile(workerData.dir)._unsafeUnwrap();
      parentPort.postMessage(JSON.stringify({ key: key.toString("base64"), isNew }));
    });`;
  const worker = new Worker(code, { eval: true, workerData: { module, dir } });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
