import type { Digest } from "../../ports/digest.ts";

/** Two 32-bit FNV-1a hashes: keeps a model's few records apart, and is of no use to anybody else. */
export const plainDigest: Digest = (text) => hash(text, 0x811c9dc5) + hash(text, 0x01234567);

function hash(text: string, offset: number): string {
  let value = offset;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
