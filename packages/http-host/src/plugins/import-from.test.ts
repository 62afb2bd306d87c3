import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../test/import-from-folder.ts", import.meta.url));

/** A folder in which packages are installed, each with the text of its only module, for `import` alone. */
function folderWith(packages: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "bg-application-"));
  for (const [name, text] of Object.entries(packages)) {
    const at = join(folder, "node_modules", name);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, "package.json"), JSON.stringify({ name, type: "module", exports: { import: "./here.js" } }));
    writeFileSync(join(at, "here.js"), text);
  }
  return folder;
}

function importing(packages: Readonly<Record<string, string>>, name: string): { readonly imported?: object; readonly failed?: string } {
  return JSON.parse(
    execFileSync(process.execPath, ["--conditions=source", "--no-warnings", script, folderWith(packages), name], { encoding: "utf8" }),
  );
}

describe("importing from a folder", () => {
  it("finds what is installed there", () => {
    expect(importing({ "@acme/only-there": "export const provider = 7;" }, "@acme/only-there")).toEqual({ imported: { provider: 7 } });
  });

  it("prefers what is there to what comes with the service", () => {
    expect(importing({ neverthrow: "export const own = true;" }, "neverthrow")).toEqual({ imported: { own: true } });
  });

  it("goes elsewhere for what is not installed there", () => {
    expect(importing({}, "@acme/elsewhere")).toEqual({ imported: { elsewhere: "@acme/elsewhere" } });
  });

  it("goes nowhere else for one that is there and lacks something, or throws", () => {
    expect(importing({ lacking: 'import "not-there";' }, "lacking").failed).toContain("'not-there'");
    expect(importing({ throwing: 'throw new Error("needs more");' }, "throwing").failed).toBe("needs more");
  });
});
