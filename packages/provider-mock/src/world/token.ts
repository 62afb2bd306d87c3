import { mixText } from "../person/chance.ts";

export type TokenKind = "code" | "access" | "refresh" | "session" | "renewal" | "key";

/** What a token says. It is told by the token itself, so that it outlives the process that issued it. */
export interface Token {
  readonly kind: TokenKind;
  readonly account: string;
  /** The consent or login it comes from; the same through all renewals. */
  readonly family: string;
  /** Counts the renewals of a family. */
  readonly generation: number;
  /** Seconds since the epoch; `null`: it does not expire. */
  readonly expiresAt: number | null;
  /** The PKCE challenge that a code is bound to; else empty. */
  readonly challenge: string;
}

/** The mark keeps honest people honest; nothing here protects anything. */
export function printToken(token: Token, seed: number): string {
  const fields = [token.kind, token.family, token.generation, token.expiresAt ?? "", token.challenge, token.account];
  const text = fields.map((field) => encodeURIComponent(field)).join("/");
  return `${text}/${markOf(text, seed)}`;
}

/** `undefined`: not a token of this kind, or not of this world. */
export function readToken(text: string, kind: TokenKind, seed: number): Token | undefined {
  const end = text.lastIndexOf("/");
  if (text.slice(end + 1) !== markOf(text.slice(0, Math.max(0, end)), seed)) return undefined;
  const [printed, family = "", generation = "", expiresAt = "", challenge = "", account = ""] = text.split("/");
  if (printed !== kind) return undefined;
  return {
    kind,
    family,
    generation: Number(generation),
    expiresAt: expiresAt === "" ? null : Number(expiresAt),
    challenge: decodeURIComponent(challenge),
    account: decodeURIComponent(account),
  };
}

function markOf(text: string, seed: number): string {
  return (mixText(seed, text) >>> 0).toString(36) + (mixText(~seed, text) >>> 0).toString(36);
}
