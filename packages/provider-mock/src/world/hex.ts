import { mix } from "../person/chance.ts";

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** `digits` hexadecimal digits, told by a seed; a multiple of eight. */
export function hexOf(seed: number, digits: number): string {
  let text = "";
  for (let word = 0; word * 8 < digits; word++) text += wordHex(mix(seed, word));
  return text;
}

/** A version 4 UUID in form, told by a seed. */
export function uuidOf(seed: number): string {
  const b = mix(seed, 1);
  const c = mix(seed, 2);
  return `${wordHex(mix(seed, 0))}-${byte(b >>> 24)}${byte(b >>> 16)}-4${byte(b >>> 8).charAt(0)}${byte(b)}-a${byte(c >>> 24).charAt(0)}${byte(c >>> 16)}-${byte(c >>> 8)}${byte(c)}${wordHex(mix(seed, 3))}`;
}

function wordHex(bits: number): string {
  return byte(bits >>> 24) + byte(bits >>> 16) + byte(bits >>> 8) + byte(bits);
}

function byte(bits: number): string {
  return BYTES[bits & 0xff] ?? "";
}
