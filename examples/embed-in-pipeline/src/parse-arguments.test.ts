import { expect, it } from "vitest";
import { parseArguments } from "./parse-arguments.ts";

const NOW_MS = Date.UTC(2026, 1, 3, 4, 5, 6);
const NOW = NOW_MS / 1_000;
const SQLITE = { kind: "sqlite", dataDir: "./data" };

it.each([
  [[], "A command is needed."],
  [["forget"], 'There is no command "forget".'],
  [["days", "anna", "0"], "no number of days"],
  [["days", "anna", "soon"], "no number of days"],
  [["days"], ""],
  [["export"], "A file has to be named."],
  [["users", "--store", "paper"], 'and not "paper"'],
  [["users", "--store", "dynamodb"], "--table and --region"],
  [["users", "--until", "tomorrow"], "no moment"],
  [["users", "--colour"], "--colour"],
])("%j is refused together with what would be right", (words, said) => {
  const refused = parseArguments(words, {}, NOW_MS)._unsafeUnwrapErr();
  expect(refused).toContain(said);
  expect(refused).toContain("Usage: npx pnpm@12 example");
});

it("days are counted back from now, or from the moment told", () => {
  const asked = (...words: readonly string[]) => parseArguments(["print", "anna", ...words], {}, NOW_MS)._unsafeUnwrap();
  expect(asked()).toMatchObject({ user: "anna", span: { from: NOW - 14 * 86_400, to: NOW }, asOf: null, address: SQLITE });
  expect(asked("0.5", "--until", "2026-02-01T00:00:00Z")).toMatchObject({ span: { from: 1_769_860_800, to: 1_769_904_000 } });
  expect(asked("--as-of", "2026-02-01T00:00:00Z")).toMatchObject({ asOf: 1_769_904_000 });
});

it("the store is the one that the service's own settings name, unless another is told", () => {
  const address = (environment: Readonly<Record<string, string>>, ...words: readonly string[]) =>
    parseArguments(["users", ...words], environment, NOW_MS)._unsafeUnwrap().address;
  expect(address({ DATA_DIR: "/srv" })).toEqual({ kind: "sqlite", dataDir: "/srv" });
  expect(address({ DATA_DIR: "/srv" }, "--data-dir", "/elsewhere")).toEqual({ kind: "sqlite", dataDir: "/elsewhere" });
  const dynamoDb = { kind: "dynamodb", table: "readings", region: "eu-central-1", endpoint: null };
  expect(address({ DYNAMODB_TABLE: "readings", AWS_REGION: "eu-central-1" })).toEqual(dynamoDb);
  expect(address({}, "--store", "dynamodb", "--table", "readings", "--region", "eu-central-1")).toEqual(dynamoDb);
  expect(address({ DYNAMODB_TABLE: "readings" }, "--store", "sqlite")).toEqual(SQLITE);
});
