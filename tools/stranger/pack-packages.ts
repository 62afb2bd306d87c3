import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Packs every package as it is published: its files alone, and ranges in place of `workspace:` and `catalog:`. They have to be built. Answers the paths. */
export function packPackages(repository: string, destination: string): readonly string[] {
  execFileSync("npx", ["--yes", "pnpm@12", "--recursive", "--filter", "./packages/*", "pack", "--pack-destination", destination], {
    cwd: repository,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const packed = readdirSync(destination).filter((name) => name.endsWith(".tgz"));
  const packages = readdirSync(join(repository, "packages"));
  if (packed.length !== packages.length) throw new Error(`${packages.length} packages became ${packed.length} files: ${packed.join(", ")}`);
  return packed.map((name) => join(destination, name));
}
