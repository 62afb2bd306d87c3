import { createHash, hash } from "node:crypto";

/** A strong entity tag: the same tag, the same bytes. 128 bits of SHA-256. */
export function entityTagOf(content: string | Uint8Array): string {
  return toTag(hash("sha256", content, "base64url"));
}

/** The same for content that comes in pieces. */
export interface EntityTagger {
  add(piece: Uint8Array): EntityTagger;
  tag(): string;
}

export function createEntityTagger(): EntityTagger {
  const digest = createHash("sha256");
  const tagger: EntityTagger = {
    add(piece) {
      digest.update(piece);
      return tagger;
    },
    tag: () => toTag(digest.digest("base64url")),
  };
  return tagger;
}

function toTag(digest: string): string {
  return `"${digest.slice(0, 22)}"`;
}

const TAG = /(?:W\/)?("[^"]*")/g;

/** Whether the client holds what the tag stands for. Compared weakly, as RFC 9110, 13.1.2 has it. */
export function isHeldByClient(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  for (const [, held] of ifNoneMatch.matchAll(TAG)) if (held === tag) return true;
  return false;
}
