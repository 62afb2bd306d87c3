import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hideNumbers } from "./hide-numbers.ts";

/** As vendors write about a reading that they, or we, could not read. */
const quotes: readonly ((value: string) => string)[] = [
  (value) => `The vendor says: glucose ${value} is out of range`,
  (value) => `{"value":${value},"unit":"mg/dL"}`,
  (value) => `egv=${value}&trend=flat`,
  (value) => `<td>${value}</td>`,
  (value) => `value:${value}mg/dL`,
  (value) => `last readings ${value}, ${value}; (${value} mg/dL)`,
  (value) => `EGV${value}`,
  (value) => `https://vendor.example/egvs?value=${value}`,
];

describe("numbers in what a provider says", () => {
  it("that may be somebody's glucose are hidden, however they are quoted", () => {
    const mgdl = fc.integer({ min: 20, max: 399 }).map(String);
    const mmoll = fc.integer({ min: 11, max: 333 }).map((tenths) => (tenths / 10).toFixed(1));
    fc.assert(
      fc.property(fc.oneof(mgdl, mmoll), fc.constantFrom(...quotes), (value, quote) => {
        expect(hideNumbers(quote(value))).not.toContain(value);
      }),
    );
  });

  it.each([
    "The vendor asks us to slow down (429). We ask again later.",
    "The vendor no longer grants access (401, invalid_token). Connect again.",
    "It answered with HTTP 503 at 2026-03-01T10:00:00Z.",
    "start and end: at most 30 days apart, 60000 calls an hour, within 30 s",
    "This connection was made at http://127.0.0.1:8021, with v3 and OAuth2.",
  ])("that cannot be glucose are left: %s", (text) => {
    expect(hideNumbers(text)).toBe(text);
  });
});
