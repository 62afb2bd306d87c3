/** Chance without state: the same numbers always give the same draw. Two rounds of Murmur3's finaliser over both numbers. */
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
  for (let index = 0; index < text.length; index++) bits = mix(bits, text.charCodeAt(index));
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

/** One of several, all equally likely. */
export function oneOf<T>(bits: number, choices: readonly [T, ...T[]]): T {
  return choices[(bits >>> 0) % choices.length] ?? choices[0];
}

/** Hexadecimal digits, a multiple of eight. */
export function hexOf(seed: number, digits: number): string {
  let text = "";
  for (let word = 0; word * 8 < digits; word++) text += wordHex(mix(seed, word));
  return text;
}

/** A version 4 UUID in form; with the same `a` no two numbers give the same one. */
export function uuidOf(a: number, b: number): string {
  const rest = hexOf(mix(b, a), 24);
  return `${wordHex(mix(a, b))}-${rest.slice(0, 4)}-4${rest.slice(5, 8)}-a${rest.slice(9, 12)}-${rest.slice(12)}`;
}

function wordHex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, "0");
}
