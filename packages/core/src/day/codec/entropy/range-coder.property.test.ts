import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterOne, afterZero, INTEGER_CONTEXTS, MOST_PLAIN_BITS, newContexts, zeroPart } from "./probability.ts";
import { RangeDecoder } from "./range-decoder.ts";
import { RangeEncoder } from "./range-encoder.ts";

const TREE_BITS = 4;
const INTEGERS = 8;
const TREE = INTEGERS + 2 * INTEGER_CONTEXTS;
const CONTEXTS = TREE + (1 << TREE_BITS);
const HIGHEST = 2 ** 31 - 1;

/** Whatever one can be asked to write, and how it is read back. */
interface Step {
  readonly value: number;
  write(encoder: RangeEncoder): void;
  read(decoder: RangeDecoder): number;
}

const bit = fc
  .tuple(fc.nat(INTEGERS - 1), fc.constantFrom<0 | 1>(0, 1))
  .map(([context, value]): Step => ({ value, write: (encoder) => encoder.bit(context, value), read: (decoder) => decoder.bit(context) }));
const plain = fc
  .integer({ min: 1, max: MOST_PLAIN_BITS })
  .chain((count) => fc.tuple(fc.integer({ min: count, max: count }), fc.nat((1 << count) - 1)))
  .map(([count, value]): Step => ({ value, write: (encoder) => encoder.plain(count, value), read: (decoder) => decoder.plain(count) }));
const tree = fc.nat((1 << TREE_BITS) - 1).map(
  (value): Step => ({
    value,
    write: (encoder) => encoder.tree(TREE, TREE_BITS, value),
    read: (decoder) => decoder.tree(TREE, TREE_BITS),
  }),
);
const size = fc.oneof(
  fc.nat(3),
  fc.nat(300),
  fc.nat(HIGHEST),
  fc.nat(30).map((exponent) => 2 ** exponent),
  fc.nat(30).map((exponent) => 2 ** exponent - 1),
  fc.constantFrom(HIGHEST),
);
const unsigned = size.map(
  (value): Step => ({ value, write: (encoder) => encoder.unsigned(INTEGERS, value), read: (decoder) => decoder.unsigned(INTEGERS) }),
);
const signed = fc.tuple(size, fc.boolean()).map(([magnitude, negative]): Step => {
  const value = negative ? 0 - magnitude : magnitude;
  const contexts = INTEGERS + INTEGER_CONTEXTS;
  return { value, write: (encoder) => encoder.signed(contexts, value), read: (decoder) => decoder.signed(contexts) };
});
const step = fc.oneof(bit, plain, tree, unsigned, signed);

function written(steps: readonly Step[]): Uint8Array {
  const encoder = new RangeEncoder(CONTEXTS);
  for (const each of steps) each.write(encoder);
  return encoder.finish();
}

function readBack(steps: readonly Step[], bytes: Uint8Array, start: number, end: number): readonly number[] {
  const decoder = new RangeDecoder(bytes, start, end, CONTEXTS);
  return steps.map((each) => each.read(decoder));
}

describe("the range coder", () => {
  it("reads back what was written, whatever stands before and behind", () => {
    fc.assert(
      fc.property(fc.array(step, { size: "large" }), fc.uint8Array({ maxLength: 5 }), (steps, around) => {
        const bytes = written(steps);
        const framed = Uint8Array.from([...around, ...bytes, 255, ...around, 255]);
        const values = steps.map((each) => each.value);
        expect(readBack(steps, framed, around.length, around.length + bytes.length)).toEqual(values);
      }),
    );
  });

  it("reads back thousands of bits that are nearly always the same", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4000), { maxLength: 12 }), fc.constantFrom<0 | 1>(0, 1), (exceptions, usual) => {
        const encoder = new RangeEncoder(1);
        const bits = Array.from({ length: 4000 }, (_, i) => (exceptions.includes(i) ? 1 - usual : usual) as 0 | 1);
        for (const each of bits) encoder.bit(0, each);
        const bytes = encoder.finish();
        const decoder = new RangeDecoder(bytes, 0, bytes.length, 1);
        expect(bits.map(() => decoder.bit(0))).toEqual(bits);
        expect(bytes.length).toBeLessThan(12 + 4 * exceptions.length);
      }),
    );
  });

  it("carries through any number of bytes that are all ones", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.nat(120),
        fc.boolean(),
        fc.array(step, { maxLength: 30 }),
        (before, chain, carries, after) => {
          const encoder = new RangeEncoder(CONTEXTS);
          for (const each of before) each.write(encoder);
          const bits = straddle(encoder, 8 * chain, carries ? 1 : 0);
          for (const each of after) each.write(encoder);
          const bytes = encoder.finish();
          const decoder = new RangeDecoder(bytes, 0, bytes.length, CONTEXTS);
          expect(before.map((each) => each.read(decoder))).toEqual(before.map((each) => each.value));
          expect(bits.map(() => decoder.plain(1))).toEqual(bits);
          expect(after.map((each) => each.read(decoder))).toEqual(after.map((each) => each.value));
        },
      ),
    );
  });

  it("meets such chains in the property above, carried and not", () => {
    const ends = [0, 1].map((last) => {
      const encoder = new RangeEncoder(CONTEXTS);
      for (const each of [0, 1, 1, 0, 1] as const) encoder.bit(0, each);
      straddle(encoder, 400, last as 0 | 1);
      for (let i = 0; i < 20; i++) encoder.plain(8, 0x55);
      return encoder.finish().join();
    });
    expect(ends[0]).toContain(new Array(40).fill(255).join());
    expect(ends[1]).toContain(new Array(40).fill(0).join());
  });

  it("ends, whatever bytes it is given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(step, { maxLength: 200 }), (bytes, steps) => {
        const values = readBack(steps, bytes, 0, bytes.length);
        expect(values.every((value) => Math.abs(value) <= HIGHEST)).toBe(true);
      }),
    );
  });

  it("writes the same bytes for the same steps, and none at all for nothing", () => {
    expect(written([])).toEqual(new Uint8Array(0));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        expect(written(steps)).toEqual(written(steps));
      }),
    );
  });
});

/**
 * Bits that keep the point where a carry happens within the range, so that nothing but ones is written; then one that decides it. Looks
 * into the encoder: such bits are one in billions among random ones.
 */
function straddle(encoder: RangeEncoder, length: number, last: 0 | 1): (0 | 1)[] {
  const state = encoder as unknown as { readonly low: number; readonly range: number };
  const bits: (0 | 1)[] = [];
  for (let i = 0; i < length; i++) {
    const high = state.low + state.range;
    const carry = high > 2 ** 31 ? 2 ** 31 : Math.floor((high - 1) / 2 ** 23) * 2 ** 23;
    const next = state.low + (state.range >>> 1) < carry ? 1 : 0;
    encoder.plain(1, next);
    bits.push(next);
  }
  encoder.plain(1, last);
  return [...bits, last];
}

describe("a context", () => {
  const bits = fc.array(fc.record({ bit: fc.constantFrom<0 | 1>(0, 1), times: fc.nat(300) }), { maxLength: 12 });

  it("leaves room for either bit, however often it saw the other", () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 1 << 23, max: HIGHEST }), (runs, range) => {
        let context = newContexts(1)[0] as number;
        for (const run of runs) for (let i = 0; i < run.times; i++) context = run.bit === 0 ? afterZero(context) : afterOne(context);
        const zero = zeroPart(range, context);
        expect(zero).toBeGreaterThan(range / 1000);
        expect(range - zero).toBeGreaterThan(range / 1000);
      }),
    );
  });
});
