import { printToken, readToken, type Token, type TokenKind } from "./token.ts";

const CODE_LIFE_SECONDS = 60;
const ACCESS_LIFE_SECONDS = 7200;
const SESSION_LIFE_SECONDS = 7200;
const RENEWAL_LIFE_SECONDS = 365 * 86_400;

export interface TokenPair {
  readonly token: string;
  /** Good for one renewal. */
  readonly renewal: string;
  readonly lifeSeconds: number;
}

type Pair = "oauth" | "login";

/** Consents and logins: what was issued, spent and taken back. */
export interface Grants {
  code(account: string, challenge: string): string;
  /** The account and challenge of a code, which is spent by asking; `undefined`: no code, too old, or spent before. */
  spendCode(code: string): Token | undefined;
  issue(pair: Pair, account: string): TokenPair;
  /** Uses up a renewal token. One that was used before ends its whole family, as whoever holds the other copy may be a thief. */
  renew(pair: Pair, renewal: string): (TokenPair & { readonly account: string }) | undefined;
  /** A key that never expires. */
  key(account: string): string;
  /** The account that a token for data opens. */
  accountOf(token: string): string | undefined;
  /** Ends all that was granted on an account so far. */
  revoke(account: string): void;
}

export function createGrants(seed: number, nowSeconds: () => number): Grants {
  /** Told apart from those of an earlier process by its start. */
  const era = nowSeconds().toString(36);
  let families = 0;
  const nextGeneration = new Map<string, number>();
  const ended = new Set<string>();
  /** Accounts that were revoked, each with the families granted since. */
  const grantedSince = new Map<string, Set<string>>();

  const newFamily = (account: string) => {
    const family = `${era}-${families++}`;
    grantedSince.get(account)?.add(family);
    return family;
  };
  const read = (text: string, kind: TokenKind) => {
    const token = readToken(text, kind, seed);
    if (token === undefined || (token.expiresAt !== null && token.expiresAt <= nowSeconds())) return undefined;
    const revoked = grantedSince.get(token.account)?.has(token.family) === false;
    return revoked || ended.has(token.family) ? undefined : token;
  };
  const print = (kind: TokenKind, account: string, family: string, generation: number, lifeSeconds: number | null, challenge = "") =>
    printToken({ kind, account, family, generation, challenge, expiresAt: lifeSeconds === null ? null : nowSeconds() + lifeSeconds }, seed);
  const pairOf = (pair: Pair, account: string, family: string, generation: number): TokenPair => {
    const lifeSeconds = pair === "oauth" ? ACCESS_LIFE_SECONDS : SESSION_LIFE_SECONDS;
    return {
      token: print(pair === "oauth" ? "access" : "session", account, family, generation, lifeSeconds),
      renewal: print(pair === "oauth" ? "refresh" : "renewal", account, family, generation, RENEWAL_LIFE_SECONDS),
      lifeSeconds,
    };
  };

  return {
    code: (account, challenge) => print("code", account, newFamily(account), 0, CODE_LIFE_SECONDS, challenge),
    spendCode(code) {
      const token = read(code, "code");
      if (token !== undefined) ended.add(token.family);
      return token;
    },
    issue: (pair, account) => pairOf(pair, account, newFamily(account), 0),
    renew(pair, renewal) {
      const token = read(renewal, pair === "oauth" ? "refresh" : "renewal");
      if (token === undefined) return undefined;
      if (token.generation < (nextGeneration.get(token.family) ?? 0)) {
        ended.add(token.family);
        return undefined;
      }
      nextGeneration.set(token.family, token.generation + 1);
      return { ...pairOf(pair, token.account, token.family, token.generation + 1), account: token.account };
    },
    key: (account) => print("key", account, newFamily(account), 0, null),
    accountOf: (text) => (read(text, "key") ?? read(text, "access") ?? read(text, "session"))?.account,
    revoke: (account) => void grantedSince.set(account, new Set()),
  };
}
