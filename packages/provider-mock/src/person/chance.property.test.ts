import fc from "fast-check";
import { expect, it } from "vitest";
import { bell, between, mix, mixText, unit } from "./chance.ts";

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

it("draws from 0 inclusive to 1 exclusive, and never beyond three standard deviations", () => {
  fc.assert(
    fc.property(int32, (bits) => {
      expect(unit(bits)).toBeGreaterThanOrEqual(0);
      expect(unit(bits)).toBeLessThan(1);
      expect(Math.abs(bell(bits))).toBeLessThanOrEqual(3);
      expect(between(bits, 5, 9)).toBeGreaterThanOrEqual(5);
      expect(between(bits, 5, 9)).toBeLessThan(9);
    }),
  );
});

it("mixes every different number to a different one under the same seed", () => {
  fc.assert(fc.property(int32, int32, int32, (seed, a, b) => a === b || mix(seed, a) !== mix(seed, b)));
});

it("changes half of the bits when one bit of either number changes", () => {
  let flipped = 0;
  let pairs = 0;
  for (let a = 0; a < 200; a++) {
    for (let bit = 0; bit < 32; bit++, pairs += 2) {
      flipped += ones(mix(a, 7) ^ mix(a ^ (1 << bit), 7)) + ones(mix(7, a) ^ mix(7, a ^ (1 << bit)));
    }
  }
  expect(flipped / pairs).toBeGreaterThan(15.5);
  expect(flipped / pairs).toBeLessThan(16.5);
});

it("draws with the mean and deviation it promises", () => {
  const draws = Array.from({ length: 20_000 }, (_, index) => bell(mix(11, index)));
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const deviation = Math.sqrt(draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length);
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
});

it("tells texts apart, and the same text under another seed", () => {
  fc.assert(
    fc.property(
      int32,
      fc.string(),
      (seed, text) => mixText(seed, `${text}x`) !== mixText(seed, text) && mixText(seed + 1, text) !== mixText(seed, text),
    ),
  );
});

function ones(bits: number): number {
  return (bits >>> 0).toString(2).replaceAll("0", "").length;
}
