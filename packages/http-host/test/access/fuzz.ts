import { onTestFinished } from "vitest";
import { createTokenVerifier } from "../../src/access/token-verifier.ts";
import { consentProvider } from "../consent-provider.ts";
import { diaryProvider } from "../diary-provider.ts";
import { AUDIENCE, startIssuer } from "../issuer.ts";
import { NOW, type ServedOptions, served } from "../served.ts";
import { createAsk } from "./ask-raw.ts";
import { createAttempts, METHODS } from "./attempts.ts";
import { createChance } from "./chance.ts";
import { holdersOf, linkOf } from "./holders.ts";
import { judgeAnswer, judgeLikeness, judgeStatus, judgeStores } from "./judge.ts";
import { type Kept, NAMES, type Name, type People, populate } from "./people.ts";

/** What came of so many requests. */
export interface Fuzzed {
  granted: number;
  refused: number;
  shown: number;
  changed: number;
  /** Refusals that were held against the same of a stranger. */
  compared: number;
  /** Every path of the OpenAPI document with every method by which it was asked. */
  readonly asked: ReadonlySet<string>;
  readonly documented: readonly string[];
}

const READINGS_AT_ONCE = 8;
const METRICS_TOKEN = "a-token-of-a-scraper";

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly replace?: ServedOptions["replace"];
  /** What is shown and what is changed is looked at, and nothing else: neither statuses nor what tells people apart. */
  readonly isDataAlone?: true;
}

/** Throws at the first request that shows or changes what it may not. */
export async function fuzz({ requests, seed, replace = () => ({}), isDataAlone }: FuzzOptions): Promise<Fuzzed> {
  const issuer = await startIssuer(NOW);
  const settings = {
    issuer: issuer.issuer,
    audience: AUDIENCE,
    jwksUrl: issuer.jwksUrl,
    algorithms: ["ES256"],
    clockToleranceSeconds: 30,
    subjectClaim: "sub",
  };
  const service = served({
    isAsked: true,
    verifyToken: createTokenVerifier(settings, { nowMs: () => NOW * 1000 }),
    providers: ({ nowMs }) => [diaryProvider(nowMs), consentProvider()],
    options: { metricsToken: METRICS_TOKEN },
    replace,
  });
  const address = await service.app.listen({ host: "127.0.0.1", port: 0 });
  const { ask, close } = createAsk(Number(new URL(address).port));
  onTestFinished(async () => {
    close();
    await service.app.close();
  });
  const people = await populate(service);
  const holders = await holdersOf(service, issuer);
  const { paths } = JSON.parse((await ask("GET", "/openapi.json", {})).body) as { readonly paths: Readonly<Record<string, object>> };
  const documented = Object.keys(paths);
  const draw = createAttempts(people, holders, documented, (name) => linkOf(service.deps.access, name));
  const chance = createChance(seed);
  const asked = new Set<string>();
  const patterns = documented.map(
    (path) => [path, new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/?]+")}(\\?|$)`)] as const,
  );
  const seen = { granted: 0, refused: 0, shown: 0, changed: 0, compared: 0 };
  let before = await keptOf(people);

  for (let n = 0; n < requests; n++) {
    const attempt = await draw(chance);
    const { method, path, holder, payload } = attempt;
    const headers = { ...holder.headers, ...attempt.headers };
    const answer = await ask(method, path, headers, payload);
    const where = `seed ${seed}, request ${n}: ${method} ${path} as ${JSON.stringify(holder.who)} with ${Object.keys(headers)} → ${answer.status}`;
    const shown = judgeAnswer(attempt, answer, people, where);
    // To read all of it after every question that only reads takes most of the time; what one of them changed is found a little later.
    const after = isReading(attempt) && n % READINGS_AT_ONCE !== 0 ? before : await keptOf(people);
    const changed = judgeStores(attempt, before, after, where);
    for (const name of changed) await people.mend(name);
    before = changed.length === 0 ? after : await keptOf(people);
    if (isDataAlone !== true) judgeStatus(attempt, answer, where);
    if (isDataAlone !== true && attempt.ofAStranger !== undefined && chance.next() < 0.3) {
      judgeLikeness(answer, await ask(method, attempt.ofAStranger.path, headers, payload), where);
      seen.compared++;
    }
    if (attempt.expected === "granted") seen.granted++;
    if (answer.status >= 400) seen.refused++;
    seen.shown += shown.length;
    seen.changed += changed.length;
    for (const [route, pattern] of patterns) if (pattern.test(path)) asked.add(`${method} ${route}`);
  }
  return { ...seen, asked, documented: documented.flatMap((path) => METHODS.map((method) => `${method} ${path}`)) };
}

function isReading({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return (method === "GET" || method === "HEAD") && !path.startsWith("/api/oauth/");
}

async function keptOf(people: People): Promise<ReadonlyMap<Name, Kept>> {
  const kept = await Promise.all(NAMES.map(async (name) => [name, await people.kept(name)] as const));
  return new Map(kept);
}
