import { describe, expect, it } from "vitest";
import { median } from "./median.ts";
import { measureRatio, ratioOf } from "./ratio.ts";

describe("the median", () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[1, 4], 2.5],
    [[2, 100, 1, 3], 2.5],
    [[10, 9, 100], 10],
  ])("of %j is %d", (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it("of nothing is no number", () => {
    expect(median([])).toBeNaN();
  });
});

describe("a ratio", () => {
  it("lets the sides take turns, prepares each round outside the time taken, and forgets the warm-up", async () => {
    const done: string[] = [];
    let clockMs = 0;
    const ratio = await measureRatio(
      {
        prepare(round) {
          done.push(`prepare ${round}`);
          clockMs += 1_000;
          return round;
        },
        async subject(round) {
          done.push(`subject ${round}`);
          clockMs += round < 1 ? 500 : 3;
          await Promise.resolve();
        },
        baseline(round) {
          done.push(`baseline ${round}`);
          clockMs += round < 1 ? 1 : 6;
        },
      },
      { warmUp: 1, counted: 2 },
      () => clockMs,
    );
    expect(done).toEqual([0, 1, 2].flatMap((round) => [`prepare ${round}`, `subject ${round}`, `baseline ${round}`]));
    expect(ratio).toEqual({ value: 0.5, least: 0.5, most: 0.5, undisturbed: 0.5, subjectMs: 3, baselineMs: 6, rounds: 2 });
  });

  it("is of the medians, and its spread of the single rounds", () => {
    const pairs = [
      { subjectMs: 1, baselineMs: 1 },
      { subjectMs: 2, baselineMs: 8 },
      { subjectMs: 9, baselineMs: 4 },
    ];
    expect(ratioOf(pairs)).toMatchObject({ value: 0.5, least: 0.25, most: 2.25, undisturbed: 1 });
  });

  it("of no rounds at all meets no target", () => {
    expect(ratioOf([]).value).toBeNaN();
  });
});
