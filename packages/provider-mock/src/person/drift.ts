import { bell, mix } from "./chance.ts";

/** Of a cubic B-spline over independent draws of standard deviation 1, on average over its phase. */
const SPLINE_DEVIATION = 0.6923;

/**
 * A smooth wandering of standard deviation 1 that forgets itself after some `periodSeconds`: a cubic B-spline over seeded
 * draws, one per period. Four draws tell any moment of it.
 */
export function drift(seed: number, at: number, periodSeconds: number): number {
  const position = at / periodSeconds;
  const knot = Math.floor(position);
  const t = position - knot;
  const s = 1 - t;
  const sum =
    bell(mix(seed, knot - 1)) * s * s * s +
    bell(mix(seed, knot)) * (4 - 6 * t * t + 3 * t * t * t) +
    bell(mix(seed, knot + 1)) * (4 - 6 * s * s + 3 * s * s * s) +
    bell(mix(seed, knot + 2)) * t * t * t;
  return sum / (6 * SPLINE_DEVIATION);
}
