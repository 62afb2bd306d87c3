import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { builtInNames, builtInPackages, builtInSettings, hostSettings, rowOf } from "../../test/documented-settings.ts";
import { parseSettings } from "./parse-settings.ts";

const root = new URL("../../../../", import.meta.url);
const configuration = readFileSync(new URL("docs/configuration.md", root), "utf8").split("\n");
const example = readFileSync(new URL(".env.example", root), "utf8").split("\n");

const documented = [...hostSettings, ...builtInSettings];
const namesOf = (lines: readonly string[], pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);

it("finds the providers that the application offers", () => {
  expect(builtInPackages.length).toBeGreaterThan(1);
  expect(builtInSettings.length).toBeGreaterThan(builtInPackages.length);
});

it("knows them by the names that they give themselves", () => {
  expect(builtInNames).toHaveLength(builtInPackages.length);
  for (const { known, own } of builtInNames) expect(known).toBe(own);
});

describe("docs/configuration.md", () => {
  it.each(documented.map((setting) => [setting.name, rowOf(setting)]))("says of %s what the schema says", (_, row) => {
    expect(configuration).toContain(row);
  });

  it("names no setting that is not there", () => {
    const known = documented.map(({ name }) => name);
    expect(namesOf(configuration, /^\| `([A-Z0-9_]+)` \|/).sort()).toEqual(known.sort());
  });
});

describe(".env.example", () => {
  it("holds every setting with its default, and no other", () => {
    const lines = documented.map(({ name, preset }) => `# ${name}=${preset ?? ""}`);
    expect(example.filter((line) => /^# [A-Z0-9_]+=/.test(line)).sort()).toEqual(lines.sort());
  });

  it.each(documented)("says what $name means, just above it", ({ name, meaning }) => {
    const index = example.findIndex((line) => line.startsWith(`# ${name}=`));
    expect(example[index - 1]).toContain(meaning.replaceAll("`", ""));
  });

  it("changes nothing as it is, nor with every # taken away", () => {
    const asIs = parseEnv(example.join("\n"));
    expect(asIs).toEqual({});
    const all = parseEnv(example.map((line) => line.replace(/^# ([A-Z0-9_]+=)/, "$1")).join("\n"));
    expect(parseSettings({ environment: {}, file: all })).toEqual(parseSettings({ environment: {}, file: {} }));
  });
});
