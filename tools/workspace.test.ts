import { globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";
import { describe, expect, it } from "vitest";

type Manifest = {
  readonly name: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

const root = join(import.meta.dirname, "..");
/** It is here to be looked at, and belongs to somebody else. */
const THIRD_PARTY = "examples/provider-librelinkup";
const manifests = globSync(["package.json", "packages/*/package.json", "examples/*/package.json", "bench/package.json"], { cwd: root })
  .map((path) => [dirname(path), JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest] as const)
  .filter(([folder]) => folder !== THIRD_PARTY);

describe.each(manifests)("the package in %s", (folder, manifest) => {
  it("is MIT licensed ESM", () => {
    expect(manifest).toMatchObject({ license: "MIT", type: "module" });
  });

  it("takes every version from the catalog or the workspace", () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies });
    expect(ranges.filter(([, range]) => range !== "catalog:" && !range.startsWith("workspace:"))).toEqual([]);
  });

  // Two copies of neverthrow have types that cannot be assigned to each other, so whoever embeds a package brings the one copy.
  it("leaves neverthrow to whoever embeds it", () => {
    if (folder.startsWith("packages/")) expect(manifest.peerDependencies).toHaveProperty("neverthrow");
    if (folder.startsWith("packages/")) expect(manifest.dependencies ?? {}).not.toHaveProperty("neverthrow");
  });
});

it("finds the packages it speaks of", () => {
  expect(manifests.map(([, manifest]) => manifest.name)).toEqual(
    expect.arrayContaining(["bg-ingest", "@bg-ingest/core", "@bg-ingest/bench"]),
  );
});

// Changesets bump together what is named together; a package left out would be published against versions that nobody has.
it("releases every package that can be published with the others", () => {
  const { fixed } = JSON.parse(readFileSync(join(root, ".changeset/config.json"), "utf8")) as {
    readonly fixed: readonly [readonly string[]];
  };
  const published = manifests.filter(([, manifest]) => manifest.private !== true).map(([, { name }]) => name);
  const matched = published.filter((name) => fixed[0].some((pattern) => matchesGlob(name, pattern)));
  expect(published.length).toBeGreaterThan(5);
  expect(matched).toEqual(published);
});
