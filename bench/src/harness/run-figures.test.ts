import { expect, it } from "vitest";
import type { Figure } from "./figure.ts";
import { atMost } from "./finding.ts";
import type { Options } from "./options.ts";
import { failuresOf, resultsFileOf, runFigures } from "./run-figures.ts";

const figureOf = (name: string, measured: Awaited<ReturnType<Figure["measure"]>>): Figure => ({ name, measure: async () => measured });
const finding = (value: number) => ({ what: "what was measured", value, unit: "×", target: atMost(1), note: "" }) as const;
const figures = [
  figureOf("one", [finding(1)]),
  figureOf("two", { leftOut: "There is no server: install one." }),
  figureOf("three", [finding(2)]),
];
const optionsOf = (...only: string[]): Options => ({ only, effort: { isQuick: false, loops: 0 } });

async function run(options: Options) {
  const said: string[] = [];
  const done = await runFigures(figures, options, (line) => said.push(line));
  return { said, measured: done.findings.map(({ figure }) => figure), failures: failuresOf(done, options) };
}

it("everything is measured, and what is left out is said aloud and fails nothing", async () => {
  const { said, measured, failures } = await run(optionsOf());
  expect(measured).toEqual(["one", "three"]);
  expect(said).toEqual(["one …", "two …", "*** LEFT OUT: two. There is no server: install one. ***", "three …"]);
  expect(failures).toEqual(["three misses its target: what was measured."]);
});

it("a figure that was named and left out is a failure, alone and beside others", async () => {
  const words = "two was asked for and left out. There is no server: install one.";
  expect(await run(optionsOf("two"))).toMatchObject({ measured: [], failures: [words] });
  expect(await run(optionsOf("one", "two"))).toMatchObject({ measured: ["one"], failures: [words] });
  expect(await run(optionsOf("one"))).toMatchObject({ measured: ["one"], failures: [] });
});

it("a run that measured nothing at all is a failure", () => {
  expect(failuresOf({ findings: [], leftOut: [] }, optionsOf())).toEqual(["Nothing was measured."]);
});

it("only a thorough run of everything replaces what the last one found", () => {
  expect(resultsFileOf(optionsOf())).toBe("latest.json");
  for (const partial of [optionsOf("one"), { only: [], effort: { isQuick: true, loops: 0 } }]) {
    expect(resultsFileOf(partial)).not.toBe("latest.json");
  }
});
