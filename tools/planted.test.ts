import { readFileSync } from "node:fs";
import { join } from "node:path";
import type ts from "typescript-api";
import { beforeAll, describe, expect, it } from "vitest";
import { impurities } from "./core-purity.ts";
import { droppedResults } from "./dropped-results.ts";
import { type Finding, programOf, repository } from "./source-program.ts";

/** Fixture lines that ought to be found end in `// found:` and a part of the message. */
function marked(path: string): readonly (readonly [line: number, part: string])[] {
  return readFileSync(join(repository, path), "utf8")
    .split("\n")
    .flatMap((text, index) => {
      const part = /\/\/ found: (.*)$/.exec(text)?.[1];
      return part === undefined ? [] : [[index + 1, part] as const];
    });
}

describe.each([
  ["tools/fixtures/dropped-results.ts", droppedResults],
  ["tools/fixtures/core-purity.ts", impurities],
] as const)("what is planted in %s", (path, find) => {
  let findings: readonly Finding[] = [];

  beforeAll(() => {
    const program: ts.Program = programOf(join(repository, "tools/fixtures/tsconfig.json"));
    findings = find(program).filter((finding) => finding.path === path);
  });

  it.each(marked(path))("is found on line %i: %s", (line, part) => {
    expect(findings.filter((finding) => finding.line === line).map(({ message }) => message)).toEqual([expect.stringContaining(part)]);
  });

  it("is all that is found", () => {
    const lines = new Set(marked(path).map(([line]) => line));
    expect(findings.filter(({ line }) => !lines.has(line))).toEqual([]);
  });
});
