import { hash } from "node:crypto";

/** A strong entity tag: the same tag, the same bytes. 128 bits of SHA-256. */
export function entityTagOf(content: string | Uint8Array): string {
  return `"${hash("sha256", content, "base64url").slice(0, 22)}"`;
}

const TAG = /(?:W\/)?("[^"]*")/g;

/** Whether the client holds what the tag stands for. Compared weakly, as RFC 9110, 13.1.2 has it. */
export function isHeldByClient(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  for (const [, held] of ifNoneMatch.matchAll(TAG)) if (held === tag) return true;
  return false;
}
