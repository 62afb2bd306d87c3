/**
 * Adaptive probabilities of single bits. Each context starts at one half and learns quickly at first, then slowly: a day is short.
 * Integers only, so that the same bits give the same bytes on every machine for ever.
 */

/** Probabilities are of a zero, in 1/32,768, and are kept off both ends so that either bit can always be coded. */
export const HALF = 16_384;
export const LOWEST = 32;
export const HIGHEST = 32_767 - LOWEST;

/** 65,536 ÷ (n + 1.6) after n bits seen, no slower than 1/48. Found by trial on simulated and real days. */
export const LEARNING = Int32Array.from({ length: 47 }, (_, n) => Math.floor(655_360 / (10 * n + 16)));
export const SEEN_ENOUGH = LEARNING.length - 1;

export class BitModels {
  readonly zero: Uint16Array;
  private readonly seen: Uint8Array;

  constructor(contexts: number) {
    this.zero = new Uint16Array(contexts).fill(HALF);
    this.seen = new Uint8Array(contexts);
  }

  learn(context: number, bit: 0 | 1): void {
    const seen = this.seen[context] as number;
    const p = this.zero[context] as number;
    const step = LEARNING[seen] as number;
    const next = bit === 0 ? p + (((32_767 - p) * step) >>> 16) : p - ((p * step) >>> 16);
    this.zero[context] = next < LOWEST ? LOWEST : next > HIGHEST ? HIGHEST : next;
    if (seen < SEEN_ENOUGH) this.seen[context] = seen + 1;
  }
}

/** A context model of unsigned integers: bit length in unary, then the three highest bits under it; what is left is near enough to noise. */
export const INTEGER_CONTEXTS = 32 + 32 * 8;
/** Where the contexts of the bits below the highest one begin. */
export const MANTISSA = 32;
export const MODELLED_MANTISSA_BITS = 3;
