import { expect, it } from "vitest";
import { atLeast, atMost, type Finding, isMet } from "./finding.ts";
import { tableOf } from "./table.ts";

const finding = (value: number, target: Finding["target"]): Finding => ({
  figure: "some-figure",
  what: "what was measured",
  value,
  unit: "×",
  target,
  note: "how sure",
});

it("says of each finding whether its target is met", () => {
  const lines = tableOf([finding(2.5, atMost(2.5)), finding(0.59, atLeast(0.6)), finding(7, null)]).split("\n");
  expect(lines[1]).toMatch(/^some-figure {2}met +2\.50 × +≤ 2\.50 × +what was measured$/);
  expect(lines[3]).toMatch(/MISSED +0\.590 × +≥ 0\.600 ×/);
  expect(lines[5]).not.toMatch(/met|MISSED|≤|≥/);
  expect(lines.filter((line) => line.trim() === "how sure")).toHaveLength(3);
});

it("holds no target met by what could not be measured", () => {
  expect(isMet(finding(Number.NaN, atMost(1)))).toBe(false);
  expect(isMet(finding(Number.NaN, atLeast(1)))).toBe(false);
});
