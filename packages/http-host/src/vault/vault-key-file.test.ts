import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  vaultKeyFromFile(dir);
  writeFileSync(join(dir, "vault.key"), "not a key");
  expect(vaultKeyFromFile(dir)._unsafeUnwrapErr().message).toContain("does not hold 32 bytes");
});
