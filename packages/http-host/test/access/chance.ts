import { seededChance } from "@bg-ingest/core/testing";

/** A seeded die: the same seed throws the same. */
export interface Chance {
  /** From 0 to 1, without 1. */
  next(): number;
  oneOf<T>(all: readonly T[]): T;
}

export function createChance(seed: number): Chance {
  const next = seededChance(seed);
  return { next, oneOf: <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)] as T };
}
