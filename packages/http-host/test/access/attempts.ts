import type { Scope } from "@bg-ingest/core";
import { ALLOWING } from "../consent-provider.ts";
import { NOW, rawAt, signedHeaders } from "../served.ts";
import type { Chance } from "./chance.ts";
import { type Holder, may, type Rule } from "./holders.ts";
import { NAMES, type Name, type People, type Person } from "./people.ts";
import { isWayOf, WRITINGS, waysAround } from "./writings.ts";

/** One request, and what the rules say of it; they are those of docs/access.md, and know nothing of the code. */
export interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
  readonly holder: Holder;
  /** Whom it may show, and change where it is a call that changes anything. */
  readonly isFor: (person: Name) => boolean;
  /** `open`: nobody is asked. `unsaid`: whatever it is, it shows and changes nothing that it may not. */
  readonly expected: "granted" | "unauthenticated" | "forbidden" | "refused" | "open" | "unsaid";
  /** Whose consent it uses up: whoever shows its `state`, it is good for one finish, and for none in another browser. */
  readonly spends?: Name;
  /** The same of somebody whom nobody knows: what is refused must not tell the two apart. */
  readonly ofAStranger?: { readonly path: string };
}

interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: (user: string, of: Person) => string;
  readonly rule: Rule;
  readonly payload?: (of: Person) => string;
}

const FROM = "from=2025-04-26T00:00:00Z";
const read = (path: Call["path"], isOfPage = false): Call => ({ method: "GET", path, rule: { scopes: ["read"], isOfPage } });
const change = (method: Call["method"], path: Call["path"], scopes: readonly Scope[], isOfPage: boolean): Call => ({
  method,
  path,
  rule: { scopes, isOfPage },
});

/** Every call that asks who calls. The person is whose name the path bears; the other has what a stranger may have got hold of. */
const CALLS: readonly Call[] = [
  read((user) => `/api/bg/${user}/latest`),
  read((user) => `/api/bg/${user}/latest?unit=mmol/L&detail=full`),
  read((user) => `/api/bg/${user}?${FROM}`),
  read((user) => `/api/bg/${user}?${FROM}&detail=full&view=all`),
  read((user, { sources }) => `/api/bg/${user}?${FROM}&source=${sources[0]}`),
  read((user) => `/api/connections/${user}`, true),
  read((user) => `/api/connections/${user}/diary/set-aside`, true),
  read((user, { cursor }) => `/api/connections/${user}/diary/set-aside?limit=1&after=${cursor}`, true),
  read((user) => `/connect/${user}`, true),
  change("POST", (user) => `/api/connections/${user}/diary/poll`, ["write"], true),
  {
    ...change("POST", (user) => `/api/connections/${user}/diary`, ["write"], true),
    payload: ({ account, password }) => JSON.stringify({ name: account, password }),
  },
  change("POST", (user) => `/api/connections/${user}/${ALLOWING}`, ["write"], true),
  change("POST", (user) => `/api/connect-links/${user}`, ["read", "write"], false),
  change("DELETE", (user) => `/api/connections/${user}/diary`, ["write"], true),
  change("DELETE", (user) => `/api/bg/${user}`, ["admin"], false),
];

/** What holds nothing of anybody, and what is not there at all. */
const ELSEWHERE = [
  "/healthz",
  "/readyz",
  "/openapi.json",
  "/docs",
  "/docs/",
  "/docs/json",
  "/docs/static/swagger-initializer.js",
  "/connect",
  "/problems/another_person",
  "/assets/connect.js",
  "/api/providers",
  "/metrics",
  "/",
  "/api",
  "/api/bg",
  "/api/bg/",
  "/api/connections",
  "/api/keys",
  "/api/users",
  "/api/bg/*/latest",
  "/api/bg/__proto__/latest",
  "/admin",
  "/debug/vars",
  "/.env",
  "/keys.sqlite",
  "/docs/static/..%2f..%2f..%2fserved.ts",
  "/assets/..%2f..%2fpackage.json",
] as const;

export const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"] as const;
/** What other services take for somebody's name or for another request. */
const TRICKS: readonly ((bait: Name) => Record<string, string>)[] = [
  () => ({ "x-http-method-override": "DELETE" }),
  (bait) => ({ "x-original-url": `/api/bg/${bait}/latest`, "x-rewrite-url": `/api/bg/${bait}/latest` }),
  (bait) => ({ "x-user-id": bait, "x-forwarded-user": bait, "x-remote-user": bait }),
  () => ({ "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1" }),
  () => ({ "if-none-match": "*" }),
  () => ({ accept: "text/csv, text/html;q=0.5, */*;q=0.1" }),
];

const UNKNOWN = "a-stranger";
const NOBODY: Holder = { headers: {}, who: null };

/** `routes` are all that the service documents, so that one that is added is asked as well. */
export function createAttempts(people: People, holders: readonly Holder[], routes: readonly string[], links: (name: Name) => string) {
  /** By name, in any writing of it: the rules say exactly what comes of it. */
  function call(chance: Chance): Attempt {
    const [holder, name, { method, path, rule, payload }] = [chance.oneOf(holders), chance.oneOf(NAMES), chance.oneOf(CALLS)];
    const [written, means] = (chance.next() < 0.6 ? (WRITINGS[0] as (typeof WRITINGS)[number]) : chance.oneOf(WRITINGS))(name);
    const other = people.of(chance.next() < 0.5 ? name : chance.oneOf(NAMES));
    const isPermitted = means !== null && may(holder, rule, means);
    const isForeign = other.name !== means;
    const expected = !isPermitted ? refusalOf(holder, means) : means !== null && isName(means) && !isForeign ? "granted" : "unsaid";
    return {
      method: method === "GET" && chance.next() < 0.2 ? "HEAD" : method,
      path: path(written, other),
      headers: { ...(payload && { "content-type": "application/json" }), ...(chance.next() < 0.2 ? chance.oneOf(TRICKS)(other.name) : {}) },
      ...(payload && { payload: payload(other) }),
      holder,
      isFor: (person) => isPermitted && person === means,
      expected,
      ...(means !== null && holder.headers["cookie"] === undefined && !isPermitted && { ofAStranger: { path: path(UNKNOWN, other) } }),
    };
  }

  /** By paths that climb, double, change their case or name somebody twice. Whatever the service makes of them, the rules hold. */
  function wayAround(chance: Chance): Attempt {
    const [holder, name, bait, { method, path, rule, payload }] = [
      chance.oneOf(holders),
      chance.oneOf(NAMES),
      chance.oneOf(NAMES),
      chance.oneOf(CALLS),
    ];
    return {
      method,
      path: chance.oneOf(waysAround)(path(encodeURIComponent(bait), people.of(bait)), name, bait),
      headers: { ...(payload && { "content-type": "application/json" }), ...(chance.next() < 0.2 ? chance.oneOf(TRICKS)(bait) : {}) },
      ...(payload && { payload: payload(people.of(bait)) }),
      holder,
      isFor: (person) => may(holder, rule, person) && isWayOf(person, name, bait),
      expected: "unsaid",
    };
  }

  /** Every path by every method: those that are of no call of it do nothing. */
  function method(chance: Chance): Attempt {
    const [holder, name, route, asked] = [chance.oneOf(holders), chance.oneOf(NAMES), chance.oneOf(routes), chance.oneOf(METHODS)];
    const path = route
      .replace("{userId}", encodeURIComponent(name))
      .replace("{provider}", chance.oneOf(["diary", ALLOWING, "elsewhere"]))
      .replace("{kind}", "internal");
    const isFor = (person: Name) =>
      person === name && ["read", "write", "admin"].some((scope) => may(holder, ruleOf(scope as Scope), name));
    return {
      method: asked,
      path,
      headers: {},
      holder,
      isFor,
      expected: ["PUT", "PATCH", "TRACE", "OPTIONS"].includes(asked) ? "refused" : "unsaid",
    };
  }

  function elsewhere(chance: Chance): Attempt {
    const path = chance.next() < 0.1 ? `/connect?user=${chance.oneOf(NAMES)}` : chance.oneOf(ELSEWHERE);
    const holder = chance.oneOf(holders);
    return {
      method: chance.oneOf(METHODS),
      path,
      headers: {},
      holder,
      isFor: () => false,
      expected: path === "/metrics" ? "refused" : "unsaid",
    };
  }

  /** A delivery to one person, signed by another, or by nobody, or not as it came. */
  async function delivery(chance: Chance): Promise<Attempt> {
    const [to, by] = [chance.oneOf(NAMES), people.of(chance.oneOf(NAMES))];
    const body = JSON.stringify([rawAt(-300, by.mgdl, { device: by.device })]);
    const signed = await signedHeaders(by.webhookSecret, `msg_${Math.floor(chance.next() * 1e9)}`, body, NOW - chance.oneOf([0, 0, 400]));
    const isWhole = chance.next() < 0.7;
    const isSigned = chance.next() < 0.9;
    const isFresh = Number(signed["webhook-timestamp"]) > NOW - 300;
    const isGood = isSigned && isWhole && isFresh && to === by.name;
    const at = (user: string) => `/api/bg/${encodeURIComponent(user)}/webhook/diary`;
    return {
      method: "POST",
      path: at(to),
      headers: { ...(isSigned ? signed : {}), ...chance.oneOf(holders).headers },
      payload: isWhole ? body : body.replace("[", "[ "),
      holder: NOBODY,
      isFor: (person) => isGood && person === to,
      expected: isGood ? "unsaid" : "refused",
      ...(isGood ? {} : { ofAStranger: { path: at(UNKNOWN) } }),
    };
  }

  /** A consent that one person began, finished by the browser of another, or by nobody's. */
  function callback(chance: Chance): Attempt {
    const [begun, browser] = [people.of(chance.oneOf(NAMES)), people.of(chance.oneOf(NAMES))];
    const cookieName = begun.consent.cookie.split("=", 1)[0];
    const cookies = [
      browser.consent.cookie,
      `${cookieName}=${browser.consent.browserSecret}.${encodeURIComponent(begun.name)}`,
      `${cookieName}=connected.${encodeURIComponent(begun.name)}`,
      "",
    ];
    const cookie = chance.next() < 0.5 ? (cookies[0] as string) : chance.oneOf(cookies);
    const isGood = cookie === cookies[0] && begun.name === browser.name;
    const provider = chance.next() < 0.9 ? ALLOWING : "diary";
    const isPermitted = (isGood || (cookie === cookies[1] && begun.name === browser.name)) && provider === ALLOWING;
    return {
      method: chance.next() < 0.9 ? "GET" : "HEAD",
      path: `/api/oauth/${provider}/callback?state=${begun.consent.state}&code=${encodeURIComponent(begun.account)}`,
      headers: { accept: chance.oneOf(["application/json", "text/html"]), cookie },
      holder: NOBODY,
      isFor: (person) => isPermitted && person === begun.name,
      spends: begun.name,
      expected: isPermitted ? "unsaid" : "refused",
    };
  }

  /** The link to one person's page, opened as another's. */
  function link(chance: Chance): Attempt {
    const [to, of] = [chance.oneOf(NAMES), chance.oneOf(NAMES)];
    const pass = links(of);
    const altered = chance.next() < 0.8 ? pass : pass.replace(/^\d+/, (expires) => String(Number(expires) + 1));
    const at = (user: string) => `/connect/${encodeURIComponent(user)}/open?pass=${altered}`;
    const isGood = to === of && altered === pass;
    return {
      method: "GET",
      path: at(to),
      headers: chance.oneOf(holders).headers,
      holder: NOBODY,
      isFor: (person) => isGood && person === to,
      expected: isGood ? "granted" : "refused",
      ...(isGood ? {} : { ofAStranger: { path: at(UNKNOWN) } }),
    };
  }

  const kinds = [
    ...Array(9).fill(call),
    wayAround,
    wayAround,
    wayAround,
    method,
    method,
    elsewhere,
    delivery,
    delivery,
    callback,
    callback,
    link,
  ];
  return async (chance: Chance): Promise<Attempt> => chance.oneOf<(chance: Chance) => Attempt | Promise<Attempt>>(kinds)(chance);
}

function ruleOf(scope: Scope): Rule {
  return { scopes: [scope], isOfPage: true };
}

function isName(text: string): text is Name {
  return (NAMES as readonly string[]).includes(text);
}

function refusalOf({ who }: Holder, means: string | null): Attempt["expected"] {
  if (means === null || who?.isPage === true) return "refused";
  return who === null ? "unauthenticated" : "forbidden";
}
