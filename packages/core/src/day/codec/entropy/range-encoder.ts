import {
  afterOne,
  afterZero,
  bitsOfLength,
  LONGEST,
  LONGEST_MODELLED,
  MODELLED_BITS,
  MOST_PLAIN_BITS,
  newContexts,
  SIGN,
  zeroPart,
} from "./probability.ts";

/** The window holds 31 bits, so that every number stays a small integer of the machine. */
const WINDOW = 0x7fff_ffff;
const RENORMALISE_BELOW = 1 << 23;

/**
 * Binary range coder (G. N. N. Martin, 1979) with carry into what is written. Mirror image of `RangeDecoder`.
 */
export class RangeEncoder {
  private readonly contexts: Int32Array;
  private out = new Uint8Array(256);
  private length = 0;
  private low = 0;
  private range = WINDOW;

  constructor(contexts: number) {
    this.contexts = newContexts(contexts);
  }

  bit(context: number, bit: 0 | 1): void {
    const state = this.contexts[context] as number;
    const zero = zeroPart(this.range, state);
    if (bit === 0) {
      this.contexts[context] = afterZero(state);
      this.range = zero;
    } else {
      this.contexts[context] = afterOne(state);
      this.raise(zero);
      this.range -= zero;
    }
    if (this.range < RENORMALISE_BELOW) this.renormalise();
  }

  /** `count` bits of which nothing is known, at most `MOST_PLAIN_BITS`. */
  plain(count: number, value: number): void {
    const part = this.range >>> count;
    this.raise(value * part);
    this.range = part;
    if (part < RENORMALISE_BELOW) this.renormalise();
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
    const length = 32 - Math.clz32(value);
    for (let i = 0; i < length; i++) this.bit(contexts + i, 1);
    if (length < LONGEST) this.bit(contexts + length, 0);
    if (length < 2) return;
    const modelled = length <= LONGEST_MODELLED ? Math.min(length - 1, MODELLED_BITS) : 0;
    const tail = length - 1 - modelled;
    for (let i = length - 2; i >= tail; i--) this.bit(contexts + bitsOfLength(length) + (value >>> (i + 1)), ((value >>> i) & 1) as 0 | 1);
    this.plainTail(value, tail);
  }

  /** Magnitude, then the sign of what is not zero. */
  signed(contexts: number, value: number): void {
    this.unsigned(contexts, Math.abs(value));
    if (value !== 0) this.bit(contexts + SIGN, value < 0 ? 1 : 0);
  }

  /** The fewest bytes from which the decoder, reading zeros behind them, finds the way. */
  finish(): Uint8Array {
    this.flush(this.roundest());
    let end = this.length;
    while (end > 0 && this.out[end - 1] === 0) end--;
    return this.out.slice(0, end);
  }

  private plainTail(value: number, count: number): void {
    for (let left = count; left > 0; left -= MOST_PLAIN_BITS) {
      const bits = Math.min(left, MOST_PLAIN_BITS);
      this.plain(bits, (value >>> (left - bits)) & ((1 << bits) - 1));
    }
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

  private raise(offset: number): void {
    const low = (this.low + offset) | 0;
    if (low < 0) this.carry();
    this.low = low & WINDOW;
  }

  private renormalise(): void {
    do {
      this.write(this.low >>> 23);
      this.low = (this.low << 8) & WINDOW;
      this.range <<= 8;
    } while (this.range < RENORMALISE_BELOW);
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
