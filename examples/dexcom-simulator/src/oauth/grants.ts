import { hexOf, mix } from "../chance.ts";
import type { VendorRules } from "../vendor-rules.ts";

/** What a client holds of a user's consent: every token that came from one code. */
interface Family {
  readonly user: string;
  readonly clientId: string;
  isAlive: boolean;
  /** Kept alive access tokens; the older ones are forgotten as they expire. */
  readonly accessTokens: string[];
}

interface Code {
  readonly user: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly expiresAt: number;
  isSpent: boolean;
  family: Family | null;
}

interface Token {
  readonly family: Family;
  readonly expiresAt: number;
  isSpent: boolean;
}

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** What has become of a user's grants, or of everybody's. */
export interface GrantCounters {
  readonly codesIssued: number;
  readonly codesExchanged: number;
  /** New pairs for old ones. */
  readonly refreshes: number;
  /** Grants that ended because a code or a refresh token came a second time. */
  readonly familiesRevoked: number;
  /** Grants that ended because their user took them back. */
  readonly grantsRevoked: number;
  readonly liveGrants: number;
}

export interface Grants {
  code(user: string, clientId: string, redirectUri: string): string;
  /** A code works once, for its client and redirect URI, within its life. The second time it ends what came of the first. */
  exchange(code: string, clientId: string, redirectUri: string): TokenPair | null;
  /** A refresh token works once; the second time it ends its whole family. */
  refresh(refreshToken: string, clientId: string): TokenPair | null;
  /** Of an access token, alive or not. */
  ownerOf(accessToken: string): Owner | null;
  /** Of a code or a refresh token, spent or not. */
  userOf(codeOrRefreshToken: string): string | null;
  /** The user takes back every access; answers how many there were. */
  revoke(user: string): number;
  counters(user?: string): GrantCounters;
  /** Every code and token ever given out. */
  issuedSecrets(): readonly string[];
}

interface Owner {
  readonly user: string;
  readonly clientId: string;
  readonly isAlive: boolean;
}

export interface GrantsDeps {
  readonly seed: number;
  /** Seconds since the epoch. */
  now(): number;
  readonly rules: VendorRules;
}

type Tally = { -readonly [K in keyof GrantCounters]: number };

export function createGrants({ seed, now, rules }: GrantsDeps): Grants {
  const codes = new Map<string, Code>();
  const accessTokens = new Map<string, Token>();
  const refreshTokens = new Map<string, Token>();
  const families: Family[] = [];
  const tallies = new Map<string, Tally>();
  let issued = 0;

  const secret = (serial: number) => hexOf(mix(seed, serial), 64);
  const tallyOf = (user: string): Tally => {
    const tally = tallies.get(user) ?? noneYet();
    tallies.set(user, tally);
    return tally;
  };
  const end = (family: Family) => {
    if (!family.isAlive || rules.refreshReuse === "refused") return;
    family.isAlive = false;
    tallyOf(family.user).familiesRevoked++;
  };
  const dropExpired = ({ accessTokens: held }: Family) => {
    while (held[0] !== undefined && (accessTokens.get(held[0])?.expiresAt ?? 0) + rules.accessTokenLifeSeconds < now()) {
      accessTokens.delete(held[0]);
      held.shift();
    }
  };
  const issue = (family: Family): TokenPair => {
    const accessToken = secret(issued++);
    const refreshToken = secret(issued++);
    dropExpired(family);
    family.accessTokens.push(accessToken);
    accessTokens.set(accessToken, { family, expiresAt: now() + rules.accessTokenLifeSeconds, isSpent: false });
    refreshTokens.set(refreshToken, { family, expiresAt: now() + rules.refreshTokenLifeSeconds, isSpent: false });
    return { accessToken, refreshToken };
  };

  return {
    code: (user, clientId, redirectUri) => {
      const code = secret(issued++);
      codes.set(code, { user, clientId, redirectUri, expiresAt: now() + rules.codeLifeSeconds, isSpent: false, family: null });
      tallyOf(user).codesIssued++;
      return code;
    },
    exchange: (code, clientId, redirectUri) => {
      const found = codes.get(code);
      if (found === undefined) return null;
      if (found.family !== null) end(found.family);
      const isGood = !found.isSpent && found.clientId === clientId && found.redirectUri === redirectUri && now() < found.expiresAt;
      found.isSpent = true;
      if (!isGood) return null;
      found.family = { user: found.user, clientId, isAlive: true, accessTokens: [] };
      families.push(found.family);
      tallyOf(found.user).codesExchanged++;
      return issue(found.family);
    },
    refresh: (refreshToken, clientId) => {
      const found = refreshTokens.get(refreshToken);
      if (found === undefined || found.family.clientId !== clientId || !found.family.isAlive) return null;
      if (found.isSpent) {
        end(found.family);
        return null;
      }
      if (now() >= found.expiresAt) return null;
      found.isSpent = true;
      tallyOf(found.family.user).refreshes++;
      return issue(found.family);
    },
    ownerOf: (accessToken) => {
      const found = accessTokens.get(accessToken);
      if (found === undefined) return null;
      const { user, clientId, isAlive } = found.family;
      return { user, clientId, isAlive: isAlive && now() < found.expiresAt };
    },
    userOf: (secretText) => codes.get(secretText)?.user ?? refreshTokens.get(secretText)?.family.user ?? null,
    revoke: (user) => {
      const living = families.filter((family) => family.user === user && family.isAlive);
      for (const family of living) family.isAlive = false;
      for (const code of codes.values()) if (code.user === user) code.isSpent = true;
      tallyOf(user).grantsRevoked += living.length;
      return living.length;
    },
    counters: (user) => {
      const liveGrants = families.filter((family) => family.isAlive && (user === undefined || family.user === user)).length;
      const meant = user === undefined ? [...tallies.values()] : [tallyOf(user)];
      return { ...meant.reduce(added, noneYet()), liveGrants };
    },
    issuedSecrets: () => Array.from({ length: issued }, (_, serial) => secret(serial)),
  };
}

function noneYet(): Tally {
  return { codesIssued: 0, codesExchanged: 0, refreshes: 0, familiesRevoked: 0, grantsRevoked: 0, liveGrants: 0 };
}

function added(sum: Tally, other: Tally): Tally {
  return {
    codesIssued: sum.codesIssued + other.codesIssued,
    codesExchanged: sum.codesExchanged + other.codesExchanged,
    refreshes: sum.refreshes + other.refreshes,
    familiesRevoked: sum.familiesRevoked + other.familiesRevoked,
    grantsRevoked: sum.grantsRevoked + other.grantsRevoked,
    liveGrants: 0,
  };
}
