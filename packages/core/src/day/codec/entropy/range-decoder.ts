import { HALF, HIGHEST, LEARNING, LOWEST, MANTISSA, MODELLED_MANTISSA_BITS, SEEN_ENOUGH } from "./probability.ts";

const RENORMALISE_BELOW = 1 << 23;
const LONGEST = 31;

/** Mirror image of `RangeEncoder`. Reads zeros behind the end. Whatever bytes it is given, it ends: each call reads a bounded number of bits. */
export class RangeDecoder {
  private readonly zero: Uint16Array;
  private readonly seen: Uint8Array;
  private readonly bytes: Uint8Array;
  private position: number;
  private readonly end: number;
  private range = 0x7fff_ffff;
  private code: number;
  private last: number;

  constructor(bytes: Uint8Array, start: number, end: number, contexts: number) {
    this.zero = new Uint16Array(contexts).fill(HALF);
    this.seen = new Uint8Array(contexts);
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    const high = (this.read() << 23) | (this.read() << 15) | (this.read() << 7);
    this.last = this.read();
    this.code = high | (this.last >>> 1);
  }

  bit(context: number): 0 | 1 {
    const p = this.zero[context] as number;
    const seen = this.seen[context] as number;
    const step = LEARNING[seen] as number;
    if (seen < SEEN_ENOUGH) this.seen[context] = seen + 1;
    const bound = (this.range >>> 12) * (p >>> 3);
    if (this.code < bound) {
      const next = p + (((32_767 - p) * step) >>> 16);
      this.zero[context] = next > HIGHEST ? HIGHEST : next;
      this.range = bound;
      if (bound < RENORMALISE_BELOW) this.renormalise();
      return 0;
    }
    const next = p - ((p * step) >>> 16);
    this.zero[context] = next < LOWEST ? LOWEST : next;
    this.code -= bound;
    this.range -= bound;
    if (this.range < RENORMALISE_BELOW) this.renormalise();
    return 1;
  }

  plainBit(): 0 | 1 {
    const bound = this.range >>> 1;
    const bit = this.code < bound ? 0 : 1;
    if (bit === 1) this.code -= bound;
    this.range = bit === 0 ? bound : this.range - bound;
    if (this.range < RENORMALISE_BELOW) this.renormalise();
    return bit;
  }

  tree(contexts: number, count: number): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(contexts + node);
    return node - (1 << count);
  }

  unsigned(contexts: number): number {
    let bits = 0;
    while (bits < LONGEST && this.bit(contexts + bits) === 1) bits++;
    if (bits < 2) return bits;
    let node = 1;
    for (let i = 0; i < bits - 1; i++) {
      node = (node << 1) | (i < MODELLED_MANTISSA_BITS ? this.bit(contexts + MANTISSA + bits * 8 + node) : this.plainBit());
    }
    return node;
  }

  signed(contexts: number): number {
    const magnitude = this.unsigned(contexts);
    return magnitude !== 0 && this.bit(contexts + MANTISSA) === 1 ? -magnitude : magnitude;
  }

  private renormalise(): void {
    do {
      const byte = this.read();
      this.code = (this.code << 8) | ((this.last & 1) << 7) | (byte >>> 1);
      this.last = byte;
      this.range <<= 8;
    } while (this.range < RENORMALISE_BELOW);
  }

  private read(): number {
    return this.position < this.end ? (this.bytes[this.position++] as number) : 0;
  }
}
