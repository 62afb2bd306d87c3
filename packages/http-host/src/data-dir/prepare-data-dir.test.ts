import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prepareDataDir } from "./prepare-data-dir.ts";

const somewhere = () => mkdtempSync(join(tmpdir(), "bg-data-dir-"));

it("makes the folder, and those above it, for its owner alone", () => {
  const dir = join(somewhere(), "a", "b");
  expect(prepareDataDir(dir)._unsafeUnwrap()).toBe(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(prepareDataDir(dir).isOk()).toBe(true);
});

it("says that a file is no folder", () => {
  const file = join(somewhere(), "a-file");
  writeFileSync(file, "");
  expect(prepareDataDir(file)._unsafeUnwrapErr().message).toContain("is a file, not a folder");
  expect(prepareDataDir(join(file, "below"))._unsafeUnwrapErr().message).toContain("is a file, not a folder");
});

it.skipIf(process.platform !== "linux")("refuses a place where no folder can be made, and does not try for ever", () => {
  expect(prepareDataDir("/proc/nowhere/data")._unsafeUnwrapErr().message).toMatch(/^DATA_DIR: nothing can be kept/);
});
