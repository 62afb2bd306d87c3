import { BitModels, MANTISSA, MODELLED_MANTISSA_BITS } from "./probability.ts";

/** The window holds 31 bits, so that every number stays a small integer of the machine. */
const WINDOW = 0x7fff_ffff;
const RENORMALISE_BELOW = 1 << 23;
const LONGEST = 31;

/**
 * Binary range coder (G. N. N. Martin, 1979) with carry into what is written. Mirror image of `RangeDecoder`.
 */
export class RangeEncoder {
  private readonly models: BitModels;
  private out = new Uint8Array(256);
  private length = 0;
  private low = 0;
  private range = WINDOW;

  constructor(contexts: number) {
    this.models = new BitModels(contexts);
  }

  bit(context: number, bit: 0 | 1): void {
    const bound = (this.range >>> 12) * ((this.models.zero[context] as number) >>> 3);
    this.narrow(bit, bound);
    this.models.learn(context, bit);
  }

  /** A bit of which nothing is known. */
  plainBit(bit: 0 | 1): void {
    this.narrow(bit, this.range >>> 1);
  }

  /** `count` bits, highest first, under a tree of 2^count contexts. */
  tree(contexts: number, count: number, value: number): void {
    let node = 1;
    for (let i = count - 1; i >= 0; i--) {
      const bit = ((value >>> i) & 1) as 0 | 1;
      this.bit(contexts + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** Any integer from 0 to 2^31 - 1. */
  unsigned(contexts: number, value: number): void {
    const bits = 32 - Math.clz32(value);
    for (let i = 0; i < bits; i++) this.bit(contexts + i, 1);
    if (bits < LONGEST) this.bit(contexts + bits, 0);
    let node = 1;
    for (let i = bits - 2; i >= 0; i--) {
      const bit = ((value >>> i) & 1) as 0 | 1;
      if (bits - 2 - i < MODELLED_MANTISSA_BITS) this.bit(contexts + MANTISSA + bits * 8 + node, bit);
      else this.plainBit(bit);
      node = (node << 1) | bit;
    }
  }

  /** Magnitude, then the sign of what is not zero in the last mantissa context. */
  signed(contexts: number, value: number): void {
    this.unsigned(contexts, Math.abs(value));
    if (value !== 0) this.bit(contexts + MANTISSA, value < 0 ? 1 : 0);
  }

  /** The fewest bytes from which the decoder, reading zeros behind them, finds the way. */
  finish(): Uint8Array {
    this.flush(this.roundest());
    let end = this.length;
    while (end > 0 && this.out[end - 1] === 0) end--;
    return this.out.slice(0, end);
  }

  /** Of the numbers that the range still allows, one that ends in as many zero bytes as can be; 2^31 means a carry. */
  private roundest(): number {
    for (const written of [8, 16, 24]) {
      const step = 2 ** (31 - written);
      const value = Math.ceil(this.low / step) * step;
      if (value - this.low < this.range) return value;
    }
    return this.low;
  }

  private flush(value: number): void {
    if (value > WINDOW) this.carry();
    const rest = value & WINDOW;
    for (const shift of [23, 15, 7]) this.write((rest >>> shift) & 0xff);
    this.write((rest << 1) & 0xff);
  }

  private narrow(bit: 0 | 1, bound: number): void {
    if (bit === 0) this.range = bound;
    else {
      this.range -= bound;
      const low = (this.low + bound) | 0;
      if (low < 0) this.carry();
      this.low = low & WINDOW;
    }
    while (this.range < RENORMALISE_BELOW) {
      this.write(this.low >>> 23);
      this.low = (this.low << 8) & WINDOW;
      this.range <<= 8;
    }
  }

  private carry(): void {
    let i = this.length - 1;
    while (this.out[i] === 0xff) this.out[i--] = 0;
    this.out[i] = (this.out[i] as number) + 1;
  }

  private write(byte: number): void {
    if (this.length === this.out.length) {
      const wider = new Uint8Array(this.out.length * 2);
      wider.set(this.out);
      this.out = wider;
    }
    this.out[this.length++] = byte;
  }
}
