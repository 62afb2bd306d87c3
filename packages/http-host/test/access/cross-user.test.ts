import { type Instant, newApiKey, SCOPES, type Scope, TRUSTED, type UserId } from "@bg-ingest/core";
import { generateKeyPair, UnsecuredJWT } from "jose";
import { expect, it } from "vitest";
import { createTokenVerifier } from "../../src/access/token-verifier.ts";
import { digest } from "../../src/composition/digest.ts";
import { AUDIENCE, startIssuer } from "../issuer.ts";
import { calm, good, NOW, rawAt, type Served, served } from "../served.ts";

const REQUESTS = Number(process.env["BG_INGEST_ACCESS_REQUESTS"] ?? 10_000);
const SEED = Number(process.env["BG_INGEST_ACCESS_SEED"] ?? 1);

/** Names that are easily taken for each other, each with a value that nobody else has. */
const PEOPLE = { anna: 211, Anna: 223, "anna.": 227, "anna@bg.example": 229, bert: 233 } as const;
type Person = keyof typeof PEOPLE;
const NAMES = Object.keys(PEOPLE) as Person[];

/** Who a credential is, by the rules; `null`: nobody. `page`: it counts for calls of that person's page alone. */
interface Holder {
  readonly headers: Readonly<Record<string, string>>;
  readonly who: { readonly subject: string | null; readonly scopes: readonly Scope[]; readonly isPage?: true } | null;
}

interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: (user: string) => string;
  readonly scope: Scope;
  readonly isOfPage: boolean;
}

const FROM = "from=2025-04-26T00:00:00Z";
const CALLS: readonly Call[] = [
  { method: "GET", path: (user) => `/api/bg/${user}/latest`, scope: "read", isOfPage: false },
  { method: "GET", path: (user) => `/api/bg/${user}?${FROM}`, scope: "read", isOfPage: false },
  { method: "GET", path: (user) => `/api/bg/${user}?${FROM}&detail=full&view=all`, scope: "read", isOfPage: false },
  { method: "GET", path: (user) => `/api/connections/${user}`, scope: "read", isOfPage: true },
  { method: "GET", path: (user) => `/api/connections/${user}/diary/set-aside`, scope: "read", isOfPage: true },
  { method: "GET", path: (user) => `/connect/${user}`, scope: "read", isOfPage: true },
  { method: "POST", path: (user) => `/api/connections/${user}/diary/poll`, scope: "write", isOfPage: true },
  { method: "DELETE", path: (user) => `/api/connections/${user}/diary`, scope: "write", isOfPage: true },
  { method: "DELETE", path: (user) => `/api/bg/${user}`, scope: "admin", isOfPage: false },
];

/** The rules, as docs/access.md tells them. */
function may({ who }: Holder, { scope, isOfPage }: Call, person: string): boolean {
  if (who === null || (who.isPage === true && !isOfPage)) return false;
  if (who.scopes.includes("admin")) return true;
  return who.scopes.includes(scope) && (who.subject === null || who.subject === person);
}

/** How a name may be written into a path, and whom it then means; `null`: nobody. */
const WRITINGS: readonly ((name: Person) => readonly [written: string, means: string | null])[] = [
  (name) => [encodeURIComponent(name), name],
  (name) => [name, name],
  (name) => [[...name].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(""), name],
  (name) => [`%2561${name.slice(1)}`, null],
  (name) => [`${name}%00`, null],
  (name) => [`${name}%2f..%2fbert`, null],
  (name) => [`..%2f${name}`, null],
  (name) => [`${name}%20`, null],
  (name) => [`${name}\u200b`, null],
  () => ["nobody", "nobody"],
];

function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function holdersOf(service: Served, issuer: Awaited<ReturnType<typeof startIssuer>>): Promise<readonly Holder[]> {
  const holders: Holder[] = [{ headers: {}, who: null }];
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
  const sets: readonly (readonly Scope[])[] = [[], ["read"], ["write"], ["read", "write"], ["admin"], SCOPES];
  const stranger = (await generateKeyPair("ES256")).privateKey;
  let made = 0;
  for (const scopes of sets) {
    const scope = scopes.join(" ");
    for (const subject of [null, ...NAMES]) {
      const { key, text } = newApiKey(
        `${made++}`.padStart(43, "k"),
        { name: "fuzz", scopes, subject: subject as UserId | null },
        1 as Instant,
        digest,
      );
      const isRevoked = made % 5 === 0;
      good(await service.keys.add({ ...key, revokedAt: isRevoked ? (2 as Instant) : null }, calm));
      holders.push(
        { headers: bearer(text), who: isRevoked ? null : { subject, scopes } },
        { headers: bearer(`${text.slice(0, -1)}_`), who: null },
      );
    }
    for (const sub of [...NAMES, "auth0|anna", "*"]) {
      holders.push({ headers: bearer(await issuer.token({ sub, scope })), who: { subject: sub, scopes } });
      const forged = [
        await issuer.token({ sub, scope, exp: NOW - 60 }),
        await issuer.token({ sub, scope, iss: "https://elsewhere.example" }),
        await issuer.token({ sub, scope, aud: "another" }),
        await issuer.token({ sub, scope }, {}, stranger),
        new UnsecuredJWT({ sub, scope })
          .setIssuer(issuer.issuer)
          .setAudience(AUDIENCE)
          .setExpirationTime(NOW + 60)
          .encode(),
      ];
      for (const token of forged) holders.push({ headers: bearer(token), who: null });
    }
  }
  for (const name of NAMES) {
    const { passes } = service.deps.access;
    const link = good(passes.forLink(TRUSTED, name as UserId)).text;
    const cookieName = `bg_page_${digest(name).slice(0, 16)}`;
    const pass = passes.forBrowser(link, name as UserId)?.text;
    holders.push({ headers: { cookie: `${cookieName}=${pass}` }, who: { subject: name, scopes: ["read", "write"], isPage: true } });
    holders.push({ headers: { cookie: `${cookieName}=${link}` }, who: null });
    for (const other of NAMES)
      if (other !== name) holders.push({ headers: { cookie: `bg_page_${digest(other).slice(0, 16)}=${pass}` }, who: null });
  }
  return holders;
}

it(`of ${REQUESTS} requests with any credentials, to any path, none shows or changes what is somebody else's`, {
  timeout: 600_000,
}, async () => {
  const issuer = await startIssuer(NOW);
  const settings = {
    issuer: issuer.issuer,
    audience: AUDIENCE,
    jwksUrl: issuer.jwksUrl,
    algorithms: ["ES256"],
    clockToleranceSeconds: 30,
    subjectClaim: "sub",
  };
  const service = served({ isAsked: true, verifyToken: createTokenVerifier(settings, { nowMs: () => NOW * 1000 }) });
  const canaries = new Map<string, readonly (string | RegExp)[]>();
  for (const name of NAMES) {
    const { record } = await service.connect(name);
    const value = PEOPLE[name];
    await service.tell(name, [rawAt(-300, value), rawAt(-600, value), rawAt(-900, 90_000 + value)]);
    canaries.set(name, [record.sourceId, new RegExp(`[:,]9?0?0?${value}(?!\\d)`)]);
  }
  const holders = await holdersOf(service, issuer);
  const chance = chanceOf(SEED);
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
  const seen = { permitted: 0, refused: 0, shown: 0 };

  for (let n = 0; n < REQUESTS; n++) {
    const [holder, name, drawn] = [oneOf(holders), oneOf(NAMES), oneOf(CALLS)];
    const [written, means] = (chance() < 0.6 ? (WRITINGS[0] as (typeof WRITINGS)[number]) : oneOf(WRITINGS))(name);
    // What may be deleted is left: everybody has to be there until the end.
    const call = drawn.method === "DELETE" && means !== null && may(holder, drawn, means) ? (CALLS[0] as Call) : drawn;
    const answer = await service.app.inject({ method: call.method, url: call.path(written), headers: holder.headers });
    const isPermitted = means !== null && may(holder, call, means);
    const where = `seed ${SEED}, request ${n}: ${call.method} ${call.path(written)} as ${JSON.stringify(holder.who)} → ${answer.statusCode}`;
    const isKnown = means !== null && means in PEOPLE;
    if (isPermitted && isKnown) {
      expect(answer.statusCode, where).toBeLessThan(300);
      seen.permitted++;
    } else {
      const isPageOfNobody = isPermitted && call.path("").startsWith("/connect/");
      if (!isPageOfNobody) expect(answer.statusCode, where).toBeGreaterThanOrEqual(400);
      if (means !== null && holder.who === null) expect(answer.statusCode, where).toBe(401);
      if (means !== null && holder.who !== null && holder.who.isPage !== true && !isPermitted) expect(answer.statusCode, where).toBe(403);
      seen.refused++;
    }
    for (const [person, marks] of canaries) {
      const isShown = marks.some((mark) => (typeof mark === "string" ? answer.body.includes(mark) : mark.test(answer.body)));
      if (isShown) expect(isPermitted && means === person, `${where} shows ${person}: ${answer.body.slice(0, 300)}`).toBe(true);
      if (isShown) seen.shown++;
      const isReadingShown = marks.some((mark) => typeof mark !== "string" && mark.test(answer.body));
      if (isReadingShown) expect(holder.who?.isPage, `${where} shows a page a reading: ${answer.body.slice(0, 300)}`).not.toBe(true);
    }
  }
  for (const name of NAMES) {
    const now = good(await service.deps.connections.overview(name as UserId, NOW as Instant, calm));
    expect(now.map(({ record }) => record.phase)).toEqual(["connected"]);
  }
  // A run in which nothing was permitted, refused or shown would prove nothing.
  for (const count of Object.values(seen)) expect(count, JSON.stringify(seen)).toBeGreaterThan(REQUESTS / 50);
});
