/** A number from 0 up to, not including, 1. For jitter only. */
export type Chance = () => number;
