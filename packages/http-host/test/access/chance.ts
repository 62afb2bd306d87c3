/** A seeded die: the same seed throws the same. */
export interface Chance {
  /** From 0 to 1, without 1. */
  next(): number;
  oneOf<T>(all: readonly T[]): T;
}

export function createChance(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, oneOf: <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)] as T };
}
