import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dayItem } from "./day-item.ts";

const textOf = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** What the table of figures says. */
const WORST_BYTES = Number(/^\| day-item \|.+\| (\d+) B \|/m.exec(textOf("docs/performance.md"))?.[1]);
/** What DynamoDB adds to every item for the price of storage. */
const OWN_BYTES = 100;

it.each([
  ["packages/store-dynamodb/README.md", `takes ${WORST_BYTES} bytes or less`],
  ["docs/adr/0001-range-coder-for-days.md", `${WORST_BYTES} at most`],
  ["docs/operations.md", `${WORST_BYTES + OWN_BYTES} bytes a day (${WORST_BYTES} of a full one`],
  ["docs/operations.md", `365 · ${WORST_BYTES + OWN_BYTES} B`],
])("%s tells of the same day as the table of figures: %s", (path, words) => {
  expect(textOf(path)).toContain(words);
});

it("the table of figures says what is measured", async () => {
  expect(await dayItem.measure({ isQuick: false, loops: 0 })).toMatchObject([{ value: WORST_BYTES }, {}]);
});
