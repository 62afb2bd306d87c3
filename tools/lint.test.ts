import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { repository } from "./source-program.ts";

type Diagnostic = { readonly category: string; readonly location: { readonly path: string; readonly start: { readonly line: number } } };

const run = promisify(execFile);
const fixture = join(repository, "tools/fixtures/lint-planted.ts");
const biome = join(repository, "node_modules/@biomejs/biome/bin/biome");
const planted = readFileSync(fixture, "utf8")
  .split("\n")
  .flatMap((text, index) => [...text.matchAll(/\/\/ found: (\w+)/g)].map((match) => [index + 1, match[1] ?? ""] as const));

let folder = "";
let found: readonly string[] = [];

beforeAll(async () => {
  // In a folder of its own, laid out like a package, with the project's configuration.
  folder = mkdtempSync(join(tmpdir(), "lint-"));
  mkdirSync(join(folder, "packages/planted/src"), { recursive: true });
  mkdirSync(join(folder, ".git"));
  cpSync(join(repository, "biome.json"), join(folder, "biome.json"));
  cpSync(join(repository, ".gitignore"), join(folder, ".gitignore"));
  cpSync(fixture, join(folder, "packages/planted/src/planted-file.ts"));
  writeFileSync(join(folder, "packages/planted/src/badName.ts"), "export const one = 1;\n");
  const output = await run(process.execPath, [biome, "lint", "--reporter=json", "--max-diagnostics=none", "packages"], {
    cwd: folder,
  }).then(
    () => "{}",
    ({ stdout }: { stdout: string }) => stdout,
  );
  const { diagnostics = [] } = JSON.parse(output) as { readonly diagnostics?: readonly Diagnostic[] };
  found = diagnostics.map(({ category, location }) => `${location.path}:${location.start.line} ${category.split("/").at(-1)}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(planted)("the linter finds what is planted on line %i: %s", (line, rule) => {
  expect(found).toContain(`packages/planted/src/planted-file.ts:${line} ${rule}`);
});

it("the linter finds a file that is not named in kebab case", () => {
  expect(found.some((finding) => finding.includes("badName.ts") && finding.endsWith("useFilenamingConvention"))).toBe(true);
});
