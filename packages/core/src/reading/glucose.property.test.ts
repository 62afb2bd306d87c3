import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GLUCOSE_UNITS, type GlucoseUnit, MGDL_PER_MMOLL, type Mgdl, mgdlOf, PLAUSIBLE_MGDL, toMgdl, toMmoll } from "./glucose.ts";

const unit = fc.constantFrom(...GLUCOSE_UNITS);
const plausible = fc.integer({ min: PLAUSIBLE_MGDL.lowest, max: PLAUSIBLE_MGDL.highest }).map((value) => value as Mgdl);
const mgdl = (value: number, of: GlucoseUnit): number => toMgdl(value, of)._unsafeUnwrap();

describe("mg/dL and mmol/L", () => {
  it("every mmol/L value of one decimal comes back from mg/dL as it was", () => {
    for (let tenths = 12; tenths <= 555; tenths++) expect(toMmoll(mgdl(tenths / 10, "mmol/L") as Mgdl)).toBe(tenths / 10);
  });

  it("whole mg/dL stay as they are", () => {
    fc.assert(
      fc.property(plausible, (value) => {
        expect(mgdl(value, "mg/dL")).toBe(value);
      }),
    );
  });

  it("an unrounded mmol/L value comes back to the mg/dL that it was made of", () => {
    fc.assert(
      fc.property(plausible, (value) => {
        expect(mgdl(value / MGDL_PER_MMOLL, "mmol/L")).toBe(value);
      }),
    );
  });

  it("more mmol/L are never fewer mg/dL", () => {
    const tenths = fc.integer({ min: 12, max: 555 });
    fc.assert(
      fc.property(tenths, tenths, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(mgdl(low / 10, "mmol/L")).toBeLessThanOrEqual(mgdl(high / 10, "mmol/L"));
      }),
    );
  });

  // The field uses other factors too (18.0182, 18.018, 18): these tell them apart.
  it.each([
    [100, 5.55075],
    [70, 3.88552],
    [180, 9.99135],
    [40, 2.2203],
    [400, 22.20299],
  ])("%d mg/dL are %d mmol/L, five decimals", (inMgdl, inMmoll) => {
    expect(inMgdl / MGDL_PER_MMOLL).toBeCloseTo(inMmoll, 5);
    expect(mgdlOf(inMmoll, "mmol/L")).toBeCloseTo(inMgdl, 3);
  });

  it("7.8 mmol/L, a threshold, are 141 mg/dL and not 140", () => {
    expect(mgdl(7.8, "mmol/L")).toBe(141);
  });
});

describe("what no sensor can mean", () => {
  it.each([
    [19.5, "mg/dL", 20],
    [20, "mg/dL", 20],
    [1000, "mg/dL", 1000],
    [1000.4, "mg/dL", 1000],
    [1.1, "mmol/L", 20],
    [55.5, "mmol/L", 1000],
  ] as const)("lies beyond %d %s", (value, of, expected) => {
    expect(mgdl(value, of)).toBe(expected);
  });

  it.each([
    [19.4, "mg/dL"],
    [1000.5, "mg/dL"],
    [1.08, "mmol/L"],
    [55.6, "mmol/L"],
    [0, "mg/dL"],
    [-0, "mg/dL"],
    [-100, "mg/dL"],
    [Number.NaN, "mg/dL"],
    [Number.POSITIVE_INFINITY, "mmol/L"],
    [Number.NEGATIVE_INFINITY, "mg/dL"],
  ] as const)("is refused: %d %s", (value, of) => {
    expect(toMgdl(value, of)._unsafeUnwrapErr()).toEqual({ kind: "glucose_out_of_range", value, unit: of });
  });

  it("is refused and everything else is a whole number from 20 to 1,000", () => {
    fc.assert(
      fc.property(fc.double(), unit, (value, of) => {
        const answer = toMgdl(value, of);
        if (answer.isErr()) {
          const exact = mgdlOf(value, of);
          expect(exact >= 20 && exact <= 1000).toBe(false);
        } else {
          expect(Number.isInteger(answer.value)).toBe(true);
          expect(answer.value).toBeGreaterThanOrEqual(20);
          expect(answer.value).toBeLessThanOrEqual(1000);
          expect(Math.abs(answer.value - mgdlOf(value, of))).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });
});
