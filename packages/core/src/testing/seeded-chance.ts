import type { Chance } from "../ports/chance.ts";

/** The same seed gives the same numbers from 0 up to 1 on every machine (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(of: readonly [T, ...(readonly T[])], chance: Chance): T {
  return of[Math.floor(chance() * of.length)] ?? of[0];
}
