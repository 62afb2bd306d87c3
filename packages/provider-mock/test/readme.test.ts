import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settingName } from "@bg-ingest/core";
import { describe, expect, it } from "vitest";
import { FAULTS, provider } from "../src/index.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

describe("the README", () => {
  it("lists every fault with its share, and no other", () => {
    const listed = [...readme.matchAll(/^\| `(\w+)` \| ([\d.]+) \| (.+) \|$/gm)].map(([, name, share, about]) => [
      name,
      Number(share),
      about,
    ]);
    expect(listed).toEqual(Object.entries(FAULTS).map(([name, { share, about }]) => [name, share, about]));
  });

  it("lists every setting with its default, and no other", () => {
    const defaults: Readonly<Record<string, unknown>> = provider.configSchema.parse({});
    const listed = [...readme.matchAll(/^\| `(MOCK_\w+)` \| (?:`(.*?)`)? ?\|/gm)].map(([, name, value]) => [name, value ?? ""]);
    const known = Object.keys(provider.configSchema.shape).map((key) => [settingName(`mock_${key}`), defaults[key]]);
    expect(listed.map(([name]) => name).sort()).toEqual(known.map(([name]) => name).sort());
    const shown = new Map(known.map(([name, value]) => [name, typeof value === "object" || value === undefined ? "" : String(value)]));
    for (const [name, value] of listed) expect([name, value]).toEqual([name, shown.get(name)]);
  });
});
