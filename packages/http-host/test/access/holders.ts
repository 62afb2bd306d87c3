import { type Instant, newApiKey, SCOPES, type Scope, TRUSTED, type UserId } from "@bg-ingest/core";
import { generateKeyPair, UnsecuredJWT } from "jose";
import { digest } from "../../src/composition/digest.ts";
import { AUDIENCE, type TestIssuer } from "../issuer.ts";
import { calm, good, NOW, type Served } from "../served.ts";
import { NAMES, type Name } from "./people.ts";

/** Who somebody is, by the rules. `page`: it counts for calls of that person's page alone. */
interface Holding {
  readonly subject: string | null;
  readonly scopes: readonly Scope[];
  readonly isPage?: true;
}

/** What a request shows of whoever sends it, and who that is; `null`: nobody. */
export interface Holder {
  readonly headers: Readonly<Record<string, string>>;
  readonly who: Holding | null;
}

/** A call as docs/access.md tells of it: which scopes it takes, all of them, and whether the page of a person makes it. */
export interface Rule {
  readonly scopes: readonly Scope[];
  readonly isOfPage: boolean;
}

/** The rules, as docs/access.md tells them. */
export function may({ who }: Holder, { scopes, isOfPage }: Rule, person: string): boolean {
  if (who === null || (who.isPage === true && !isOfPage)) return false;
  if (who.scopes.includes("admin")) return true;
  return scopes.every((scope) => who.scopes.includes(scope)) && (who.subject === null || who.subject === person);
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** Good and bad credentials of every kind that there is, of everybody. Links and pages of a person last for the whole test: time stands still. */
export async function holdersOf(service: Served, issuer: TestIssuer): Promise<readonly Holder[]> {
  const pages = pageHolders(service);
  return [
    { headers: {}, who: null },
    ...(await keyHolders(service)),
    ...(await tokenHolders(issuer)),
    ...Array(PAGES_WEIGH).fill(pages).flat(),
  ];
}

/** Pages are few beside all the tokens that can be made up, and are to be drawn no more seldom. */
const PAGES_WEIGH = 4;

const SETS: readonly (readonly Scope[])[] = [[], ["read"], ["write"], ["read", "write"], ["admin"], SCOPES];

async function keyHolders({ keys }: Served): Promise<readonly Holder[]> {
  const holders: Holder[] = [];
  let made = 0;
  for (const scopes of SETS) {
    for (const subject of [null, ...NAMES]) {
      const wish = { name: "fuzz", scopes, subject: subject as UserId | null };
      const { key, text } = newApiKey(`${made++}`.padStart(43, "k"), wish, 1 as Instant, digest);
      const isRevoked = made % 5 === 0;
      good(await keys.add({ ...key, revokedAt: isRevoked ? (2 as Instant) : null }, calm));
      holders.push(
        { headers: bearer(text), who: isRevoked ? null : { subject, scopes } },
        { headers: bearer(`${text.slice(0, -1)}_`), who: null },
      );
    }
  }
  return holders;
}

async function tokenHolders(issuer: TestIssuer): Promise<readonly Holder[]> {
  const stranger = (await generateKeyPair("ES256")).privateKey;
  const holders: Holder[] = [];
  for (const scopes of SETS) {
    const scope = scopes.join(" ");
    for (const sub of [...NAMES, "auth0|anna", "*"]) {
      holders.push({ headers: bearer(await issuer.token({ sub, scope })), who: { subject: sub, scopes } });
      const unsigned = new UnsecuredJWT({ sub, scope }).setIssuer(issuer.issuer).setAudience(AUDIENCE);
      const forged = [
        await issuer.token({ sub, scope, exp: NOW - 60 }),
        await issuer.token({ sub, scope, iss: "https://elsewhere.example" }),
        await issuer.token({ sub, scope, aud: "another" }),
        await issuer.token({ sub, scope }, {}, stranger),
        unsigned.setExpirationTime(NOW + 60).encode(),
      ];
      for (const token of forged) holders.push({ headers: bearer(token), who: null });
    }
  }
  return holders;
}

function pageHolders({ deps: { access } }: Served): readonly Holder[] {
  return NAMES.flatMap((name) => {
    const link = linkOf(access, name);
    const pass = access.passes.forBrowser(link, name as string as UserId)?.text;
    const others = NAMES.filter((other) => other !== name);
    return [
      { headers: { cookie: `${pageCookieOf(name)}=${pass}` }, who: { subject: name, scopes: ["read", "write"], isPage: true } },
      { headers: { cookie: `${pageCookieOf(name)}=${link}` }, who: null },
      ...others.map((other) => ({ headers: { cookie: `${pageCookieOf(other)}=${pass}` }, who: null })),
    ];
  });
}

export function linkOf({ passes }: Served["deps"]["access"], name: Name): string {
  return good(passes.forLink(TRUSTED, name as string as UserId)).text;
}

function pageCookieOf(name: Name): string {
  return `bg_page_${digest(name).slice(0, 16)}`;
}
