import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { watchFolders } from "./watch-folders.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "watched-"));
});
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Resolves with the first change of a path that ends so. */
function changeOf(ending: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const watcher = watchFolders([root], (path) => path.endsWith(ending) && resolve(path));
  ends.push(() => watcher.close());
  return promise;
}

function saveByRenaming(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

it("hears of a file that is replaced by another, again and again", async () => {
  const path = join(root, "a.ts");
  writeFileSync(path, "1");
  const heard: (() => void)[] = [];
  const watcher = watchFolders([root], (changed) => changed === path && heard.shift()?.());
  ends.push(() => watcher.close());
  for (const text of ["2", "3", "4"]) {
    const next = new Promise<void>((resolve) => heard.push(resolve));
    saveByRenaming(path, text);
    await next;
  }
});

it("hears of files in a folder that was not there before", async () => {
  const folder = join(root, "new");
  const made = changeOf("new");
  const written = changeOf("b.ts");
  mkdirSync(folder);
  await made;
  writeFileSync(join(folder, "b.ts"), "1");
  expect(await written).toBe(join(folder, "b.ts"));
});

it("bears that a folder goes", async () => {
  const folder = join(root, "gone");
  mkdirSync(folder);
  const gone = changeOf("c.ts");
  rmSync(folder, { recursive: true });
  writeFileSync(join(root, "c.ts"), "1");
  expect(await gone).toBe(join(root, "c.ts"));
});

it("leaves alone what the service does not run", async () => {
  const heard: string[] = [];
  const watcher = watchFolders([root], (path) => heard.push(path));
  ends.push(() => watcher.close());
  const last = changeOf("d.ts");
  for (const name of ["d.test.ts", ".d.ts.swp", "notes.md", "d.ts"]) writeFileSync(join(root, name), "1");
  await last;
  expect(new Set(heard)).toEqual(new Set([join(root, "d.ts")]));
});
