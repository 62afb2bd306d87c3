import { expect, it } from "vitest";
import { parseOptions } from "./options.ts";

const FIGURES = ["one", "two"];

it("measures everything thoroughly unless told otherwise", () => {
  expect(parseOptions([], FIGURES)).toEqual({ only: [], effort: { isQuick: false, loops: 0 } });
});

it("takes what stands behind the dashes of the package manager", () => {
  const given = ["--", "--only", "two", "--quick", "--loops", "3"];
  expect(parseOptions(given, FIGURES)).toEqual({ only: ["two"], effort: { isQuick: true, loops: 3 } });
});

it.each([[["--only", "three"]], [["--loops", "many"]], [["--loops", "-1"]], [["--fast"]], [["one"]]])(
  "says what is wrong with %j instead of measuring something else",
  (given) => {
    expect(parseOptions(given, FIGURES)).toBeTypeOf("string");
  },
);
