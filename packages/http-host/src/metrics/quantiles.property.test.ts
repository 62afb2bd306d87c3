import fc from "fast-check";
import { expect, it } from "vitest";
import { quantilesOf } from "./quantiles.ts";

it("so large a part of all lies at or below each quantile, and a smaller one below it", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 1 }), (values) => {
      const shown = quantilesOf(values);
      expect(shown.map(([name]) => name)).toEqual(["0.5", "0.9", "0.99", "1"]);
      for (const [name, value] of shown) {
        expect(values).toContain(value);
        expect(values.filter((each) => each <= value).length).toBeGreaterThanOrEqual(Number(name) * values.length);
        expect(values.filter((each) => each < value).length).toBeLessThan(Number(name) * values.length);
      }
    }),
  );
  expect(quantilesOf([])).toEqual([]);
});
