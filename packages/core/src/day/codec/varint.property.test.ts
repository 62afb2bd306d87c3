import fc from "fast-check";
import { expect, it } from "vitest";
import { readVarints, writeVarints } from "./varint.ts";

const numbers = fc.array(fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(127, 128, 16_383, 16_384)));

it("reads back any integers, and where they end", () => {
  fc.assert(
    fc.property(numbers, fc.uint8Array(), (values, behind) => {
      const bytes = writeVarints(values);
      expect(readVarints(Uint8Array.from([...bytes, ...behind]), 0, values.length)).toEqual({ values, end: bytes.length });
    }),
  );
});

it("ends where the bytes end", () => {
  expect(readVarints(new Uint8Array(20).fill(255), 0, 3).values).toHaveLength(3);
});
