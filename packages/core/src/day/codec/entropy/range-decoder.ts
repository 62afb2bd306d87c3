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

const RENORMALISE_BELOW = 1 << 23;

/** Mirror image of `RangeEncoder`. Reads zeros behind the end. Whatever bytes it is given, it ends: each call reads a bounded number of bits. */
export class RangeDecoder {
  private readonly contexts: Int32Array;
  private readonly bytes: Uint8Array;
  private position: number;
  private readonly end: number;
  private range = 0x7fff_ffff;
  private code: number;
  private last: number;

  constructor(bytes: Uint8Array, start: number, end: number, contexts: number) {
    this.contexts = newContexts(contexts);
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    const high = (this.read() << 23) | (this.read() << 15) | (this.read() << 7);
    this.last = this.read();
    this.code = high | (this.last >>> 1);
  }

  bit(context: number): 0 | 1 {
    const state = this.contexts[context] as number;
    const zero = zeroPart(this.range, state);
    if (this.code < zero) {
      this.contexts[context] = afterZero(state);
      this.range = zero;
      if (zero < RENORMALISE_BELOW) this.renormalise();
      return 0;
    }
    this.contexts[context] = afterOne(state);
    this.code -= zero;
    this.range -= zero;
    if (this.range < RENORMALISE_BELOW) this.renormalise();
    return 1;
  }

  plain(count: number): number {
    const part = this.range >>> count;
    const value = Math.min((this.code / part) | 0, (1 << count) - 1);
    this.code -= value * part;
    this.range = part;
    if (part < RENORMALISE_BELOW) this.renormalise();
    return value;
  }

  tree(contexts: number, count: number): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(contexts + node);
    return node - (1 << count);
  }

  unsigned(contexts: number): number {
    let length = 0;
    while (length < LONGEST && this.bit(contexts + length) === 1) length++;
    if (length < 2) return length;
    const modelled = length <= LONGEST_MODELLED ? Math.min(length - 1, MODELLED_BITS) : 0;
    let node = 1;
    for (let i = 0; i < modelled; i++) node = (node << 1) | this.bit(contexts + bitsOfLength(length) + node);
    return this.plainTail(node, length - 1 - modelled);
  }

  signed(contexts: number): number {
    const magnitude = this.unsigned(contexts);
    return magnitude !== 0 && this.bit(contexts + SIGN) === 1 ? -magnitude : magnitude;
  }

  private plainTail(head: number, count: number): number {
    let value = head;
    for (let left = count; left > 0; left -= MOST_PLAIN_BITS) {
      const bits = Math.min(left, MOST_PLAIN_BITS);
      value = (value << bits) | this.plain(bits);
    }
    return value;
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
