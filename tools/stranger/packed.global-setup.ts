import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packPackages } from "./pack-packages.ts";

interface Packed {
  readonly name: string;
  /** The path of its tarball. */
  readonly tarball: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    /** The packages as they would be published, as they were built last. */
    readonly packed: readonly Packed[];
  }
}

/** Before the first test that takes the packages as strangers get them. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "bg-packed-"));
  const tarballs = packPackages(join(import.meta.dirname, "../.."), folder);
  project.provide(
    "packed",
    tarballs.map((tarball) => ({ name: nameIn(tarball), tarball })),
  );
  return () => rmSync(folder, { recursive: true, force: true });
}

function nameIn(tarball: string): string {
  const manifest = execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" });
  return (JSON.parse(manifest) as { readonly name: string }).name;
}
