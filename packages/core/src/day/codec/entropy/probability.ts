/**
 * Adaptive probabilities of single bits. Each context starts at one half and learns quickly at first, then slowly: a day is short.
 * Integers only, so that the same bits give the same bytes on every machine for ever.
 */

/** 65,536 ÷ (n + 1.6) after n bits seen, no slower than 1/48. Found by trial on simulated and real days. */
const LEARNING = Int32Array.from({ length: 47 }, (_, n) => Math.floor(655_360 / (10 * n + 16)));
const SEEN_ENOUGH = LEARNING.length - 1;
const SEEN_BITS = 6;
const SEEN = (1 << SEEN_BITS) - 1;
const ONE = 32_767;
const HALF = 16_384;

/**
 * A context is one number: the probability of a zero, in 1/32,768, and below it how many bits were seen. At its slowest a probability
 * moves only while it is 49 or more away from its end, so either bit can always be coded.
 */
export function newContexts(count: number): Int32Array {
  return new Int32Array(count).fill(HALF << SEEN_BITS);
}

/** The part of a range that stands for a zero. */
export function zeroPart(range: number, context: number): number {
  return (range >>> 12) * (context >>> (SEEN_BITS + 3));
}

export function afterZero(context: number): number {
  const probability = context >>> SEEN_BITS;
  const seen = context & SEEN;
  const next = probability + (((ONE - probability) * (LEARNING[seen] as number)) >>> 16);
  return (next << SEEN_BITS) | (seen < SEEN_ENOUGH ? seen + 1 : seen);
}

export function afterOne(context: number): number {
  const probability = context >>> SEEN_BITS;
  const seen = context & SEEN;
  const next = probability - ((probability * (LEARNING[seen] as number)) >>> 16);
  return (next << SEEN_BITS) | (seen < SEEN_ENOUGH ? seen + 1 : seen);
}

/** Bits of which nothing is known are coded at most so many at a time. */
export const MOST_PLAIN_BITS = 8;

/**
 * The contexts of integers: their bit length in unary, their sign, and for lengths from 2 to `LONGEST_MODELLED` the two highest bits under
 * the leading one. What is left of an integer is near enough to noise.
 */
export const LONGEST = 31;
export const SIGN = 31;
export const LONGEST_MODELLED = 6;
export const MODELLED_BITS = 2;
export const INTEGER_CONTEXTS = 32 + (LONGEST_MODELLED - 1) * (1 << MODELLED_BITS);

/** Where the contexts of the bits under the leading one of integers of a length begin. */
export function bitsOfLength(length: number): number {
  return 32 + (length - 2) * (1 << MODELLED_BITS);
}
