import { expect, it } from "vitest";
import { createHost } from "../src/create-host.ts";
import { newDataDir } from "./running-host.ts";

async function refusalOf(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const lines: string[] = [];
  const created = await createHost({
    environment: { DATA_DIR: newDataDir(), ...environment },
    envFile: "/dev/null",
    importModule: (name) => import(name),
    builtIn: [{ name: "mock", package: "@bg-ingest/provider-mock", isForDevelopment: true }],
    logTarget: { write: (line) => lines.push(line), isTerminal: false, flush: () => {} },
  });
  expect(lines).toEqual([]);
  return created._unsafeUnwrapErr().message.split("\n");
}

it("what is wrong with the service and what with a provider is told at once", async () => {
  const text = (await refusalOf({ PORT: "abc", LOG_LEVEL: "loud", MOCK_CADENCE_SECONDS: "7", MOCK_SEEED: "3" })).join("\n");
  for (const name of ["PORT", "LOG_LEVEL", "MOCK_CADENCE_SECONDS", "MOCK_SEEED"]) expect(text).toContain(name);
});

it("where settings are found is told once, at the end", async () => {
  for (const environment of [{ MOCK_UNIT: "stone" }, { PORT: "abc", MOCK_UNIT: "stone" }]) {
    const lines = await refusalOf(environment);
    expect(lines.filter((line) => line.includes("docs/configuration.md"))).toEqual([lines.at(-1)]);
    expect(lines.join()).toContain("MOCK_UNIT: it should be one of mg/dL, mmol/L");
  }
});

it("providers that are named rightly are looked at though other settings are wrong, and those not to be had are told too", async () => {
  const lines = await refusalOf({ PORT: "abc", PROVIDERS: "@nobody/has-this" });
  expect(lines.some((line) => line.includes("PORT"))).toBe(true);
  expect(lines.some((line) => line.includes("@nobody/has-this") && line.includes("no package of this name"))).toBe(true);
});

it("nothing is said of providers where nothing is wrong with them", async () => {
  expect((await refusalOf({ PORT: "abc" })).join("\n")).not.toMatch(/provider/i);
});

it("a package that is named twice is loaded once", async () => {
  const own = "@bg-ingest/provider-mock";
  const lines = await refusalOf({ PORT: "abc", PROVIDERS: `${own},${own}` });
  expect(lines.join("\n")).not.toContain(own);
});
