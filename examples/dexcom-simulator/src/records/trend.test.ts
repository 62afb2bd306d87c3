import { expect, it } from "vitest";
import { trendOf } from "./trend.ts";

it.each([
  [8.1, "rateOutOfRange"],
  [8, "doubleUp"],
  [3, "doubleUp"],
  [2.9, "singleUp"],
  [2, "singleUp"],
  [1.9, "fortyFiveUp"],
  [1, "fortyFiveUp"],
  [0.9, "flat"],
  [0, "flat"],
  [-0.9, "flat"],
  [-1, "fortyFiveDown"],
  [-2, "singleDown"],
  [-3, "doubleDown"],
  [-8, "doubleDown"],
  [-8.1, "rateOutOfRange"],
  [null, "notComputable"],
])("%s mg/dL/min is %s", (rate, trend) => {
  expect(trendOf(rate)).toBe(trend);
});
