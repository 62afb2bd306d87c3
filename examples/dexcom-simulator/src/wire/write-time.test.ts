import { describe, expect, it } from "vitest";
import { PLAIN_TIME, writeOffset, writeTime } from "./write-time.ts";

const MOMENT = Date.UTC(2021, 1, 3, 4, 5, 6, 78);

describe("a time", () => {
  it.each([
    [{}, "2021-02-03T04:05:06"],
    [{ hasSeconds: false }, "2021-02-03T04:05"],
    [{ hasSingleDigits: true }, "2021-2-3T4:05:06"],
    [{ separator: " " as const }, "2021-02-03 04:05:06"],
    [{ fractionDigits: 1 }, "2021-02-03T04:05:06.0"],
    [{ fractionDigits: 3 }, "2021-02-03T04:05:06.078"],
    [{ fractionDigits: 7 }, "2021-02-03T04:05:06.0780000"],
  ])("is written with %j as %s", (style, text) => {
    expect(writeTime(MOMENT, { ...PLAIN_TIME, ...style })).toBe(text);
  });
});

describe("an offset", () => {
  it.each([
    [0, "+00:00"],
    [-8 * 3600, "-08:00"],
    [5 * 3600 + 45 * 60, "+05:45"],
    [-7 * 3600 + 2, "-06:59:58"],
    [-(3 * 3600 + 30 * 60), "-03:30"],
  ])("of %i seconds is %s", (seconds, text) => {
    expect(writeOffset(seconds)).toBe(text);
  });
});
