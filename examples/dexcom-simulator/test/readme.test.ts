import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADMIN_ROUTES } from "../src/admin/admin-routes.ts";
import { ANSWER_FAULTS, DEFAULT_CLIENT, defaultUsers, RECORD_FATES, RECORD_FORMS, WORST_RULES } from "../src/index.ts";
import { whatToOpen } from "../src/server/what-to-open.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

/** The rows of the table under a heading, cell by cell, without the header. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = readme.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
}

describe("the README", () => {
  it.each([
    ["Fates of records", RECORD_FATES],
    ["Forms of records", RECORD_FORMS],
    ["Faults of answers", ANSWER_FAULTS],
  ])("lists the %s with their shares, and no others", (heading, faults) => {
    const known = Object.entries(faults).map(([name, { share, about }]) => [`\`${name}\``, String(share), about]);
    expect(tableUnder(heading)).toEqual(known);
  });

  it("lists the admin routes, and no others", () => {
    expect(tableUnder("The admin routes")).toEqual(ADMIN_ROUTES.map(({ method, path, about }) => [`\`${method} /admin/${path}\``, about]));
  });

  it("lists the people, and no others", () => {
    expect(tableUnder("The people")).toEqual(defaultUsers(Date.now()).map(({ name, about }) => [`\`${name}\``, about]));
  });

  it("lists the rules with their defaults, and no others", () => {
    expect(tableUnder("What nobody has confirmed").map(([name, value]) => [name, value])).toEqual(
      Object.entries(WORST_RULES).map(([name, value]) => [`\`${name}\``, `\`${value}\``]),
    );
  });

  it.each([
    ["it", readme],
    ["the project's first page", readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8")],
  ])("tells the settings that the simulator prints: %s", (_, text) => {
    const printed = whatToOpen("http://127.0.0.1:8090", DEFAULT_CLIENT).split("\n");
    const settings = printed.filter((line) => line.startsWith("DEXCOM_"));
    expect(settings).toHaveLength(4);
    const told = text.split("\n").map((line) => line.replace(/ \\$/, ""));
    expect(told).toEqual(expect.arrayContaining(settings));
  });
});
