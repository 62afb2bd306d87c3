import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newDataDir } from "./running-host.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

/** Packages as they lie in the folder in which the service is started, each with the text of its module; `null`: it was never built. */
const BROKEN: Readonly<Record<string, string | null>> = {
  "needs-other": 'import "@acme/not-there"; export const provider = {};',
  "never-built": null,
  "newer-peer": 'import { writtenLater } from "@bg-ingest/core"; export const provider = writtenLater;',
  unreadable: "export const provider = {{{;",
  "throws-nothing": "throw null;",
  "throws-secret": 'JSON.parse("canary-1 is no JSON");',
};

function startIn(packages: Readonly<Record<string, string | null>>) {
  const folder = newDataDir();
  for (const [name, text] of Object.entries(packages)) {
    const at = join(folder, "node_modules", name);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, "package.json"), JSON.stringify({ name, type: "module", exports: "./dist.js" }));
    if (text !== null) writeFileSync(join(at, "dist.js"), text);
  }
  mkdirSync(join(folder, "node_modules/@bg-ingest/core"), { recursive: true });
  writeFileSync(
    join(folder, "node_modules/@bg-ingest/core/package.json"),
    JSON.stringify({ name: "@bg-ingest/core", type: "module", exports: "./index.js" }),
  );
  writeFileSync(join(folder, "node_modules/@bg-ingest/core/index.js"), "export const writtenBefore = 1;");
  return spawnSync(process.execPath, ["--conditions=source", "--no-warnings", MAIN], {
    env: { PATH: process.env["PATH"], DATA_DIR: newDataDir(), PORT: "0", DEMO: "off", PROVIDERS: Object.keys(packages).join() },
    cwd: folder,
    encoding: "utf8",
  });
}

it("a package that is there and cannot be imported is told with the reason and what to do, all of them at once", () => {
  const { status, stderr } = startIn(BROKEN);
  expect(status).toBe(1);
  const said = (name: string) => stderr.split("\n").find((line) => line.trimStart().startsWith(`${name}: `));
  expect(said("needs-other")).toMatch(/it needs '@acme\/not-there', which is not there\. Install it again/);
  expect(said("never-built")).toMatch(/never-built\/dist\.js of it is missing: build it, or install it again/);
  expect(said("newer-peer")).toMatch(/it wants writtenLater of '@bg-ingest\/core'.*made for this one, or bring the service up to date\.$/);
  expect(said("unreadable")).toMatch(/no JavaScript to this Node, Unexpected token '\{'/);
  expect(said("throws-nothing")).toMatch(/it throws object while it is imported, and does not say why\.$/);
  expect(said("throws-secret")).toMatch(/could not be parsed \(not shown\)/);
  expect(stderr).not.toContain("canary");
});

it.each([0, 3])("a package that ends the process with %s while it is imported is told of, and counts as a failure", (code) => {
  const { status, stderr } = startIn({ ending: `process.exit(${code}); export const provider = {};` });
  expect(status).toBe(code || 1);
  expect(stderr).toMatch(/^BG Ingest has not started: a package of a provider ended the process.* PROVIDERS .*\n$/);
});
