import { parseInstant } from "@bg-ingest/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTimeReader, offsetMinutes } from "./wire-time.ts";

const plain = fc
  .date({ min: new Date(-2_208_988_800_000), max: new Date(7_258_118_399_000), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);

const strange = fc.constantFrom(
  "2025-01-30T23:49:55.123Z",
  "2025-01-30T15:49:55-08:00",
  "2025-01-30 23:49:55Z",
  "2025-01-30T23:49:55",
  "2025-01-30T23:49:55z",
  "2025-02-29T00:00:00Z",
  "2024-02-29T00:00:00Z",
  "2025-13-01T00:00:00Z",
  "2025-00-10T00:00:00Z",
  "2025-01-30T24:00:00Z",
  "2025-01-30T23:60:00Z",
  "2025-01-30T23:59:60Z",
  "2025-01-30X23:49:55Z",
  "2025-01-30T23-49-55Z",
  "2025/01/30T23:49:55Z",
  "0x25-01-30T23:49:55Z",
  "2025-01-30T2 :49:55Z",
  "9999-01-30T23:49:55Z",
  "yesterday",
  "",
);

/** Like a time, with one character changed. */
const mutated = fc
  .tuple(plain, fc.nat(19), fc.string({ minLength: 1, maxLength: 1 }))
  .map(([text, at, character]) => text.slice(0, at) + character + text.slice(at + 1));

describe("times", () => {
  it("are read as the core reads them, whatever times came before", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, strange, mutated), { minLength: 1, maxLength: 8 }), (texts) => {
        const readTime = createTimeReader();
        for (const text of texts) {
          const expected = parseInstant(text).map((at) => at * 1000);
          expect(readTime(text)).toEqual(expected);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the offset of a wall clock", () => {
  it("is what the text ends with", () => {
    fc.assert(
      fc.property(plain, fc.integer({ min: -14 * 60, max: 14 * 60 }), (text, minutes) => {
        const size = Math.abs(minutes);
        const zone = `${minutes < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
        expect(offsetMinutes(text.replace("Z", zone))).toBe(minutes);
      }),
    );
  });

  it.each([
    ["2025-01-30T23:49:55Z", 0],
    ["2025-01-30T23:49:55+05:45", 345],
    ["2025-01-30T23:49:55", null],
    ["2025-01-30T23:49:55+0545", null],
    ["2025-01-30T23:49:55+25:00", null],
    ["2025-01-30T23:49:55+01:75", null],
    ["", null],
    [null, null],
    [undefined, null],
  ])("of %s is %s", (text, minutes) => {
    expect(offsetMinutes(text)).toBe(minutes);
  });
});
