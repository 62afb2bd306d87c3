/**
 * Chance without state: the same numbers always give the same draw, so any moment of a person's life can be computed alone.
 * Two rounds of Murmur3's finaliser over both numbers.
 */
export function mix(a: number, b: number): number {
  let bits = Math.imul(b ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 16) ^ a, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** A text as a number for `mix`. */
export function mixText(seed: number, text: string): number {
  let bits = seed;
  for (let i = 0; i < text.length; i++) bits = mix(bits, text.charCodeAt(i));
  return bits;
}

/** A draw, 0 inclusive to 1 exclusive. */
export function unit(bits: number): number {
  return (bits >>> 0) / 0x1_0000_0000;
}

/** A draw between two numbers, all equally likely. */
export function between(bits: number, low: number, high: number): number {
  return low + unit(bits) * (high - low);
}

/** A draw of mean 0 and standard deviation 1, never beyond ±3: the sum of three even ones. */
export function bell(bits: number): number {
  const sum = (bits >>> 22) + ((bits >>> 11) & 0x7ff) / 2 + (bits & 0x7ff) / 2;
  return sum / 512 - 3;
}
