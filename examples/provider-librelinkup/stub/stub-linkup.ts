import { createHash } from "node:crypto";
import { type Measurement, measurementsOf, printMeasurement, type Wearer } from "./wearer.ts";

/** Somebody who follows wearers. */
export interface Account {
  readonly email: string;
  readonly password: string;
  readonly region: string;
  readonly userId: string;
  readonly follows: readonly Wearer[];
}

export interface StubOptions {
  readonly nowMs: () => number;
  readonly accounts: readonly Account[];
  readonly minimumVersion?: string;
  readonly sessionSeconds?: number;
}

/** What goes wrong from now on; it may be changed at any time. */
export interface Switches {
  /** Every request is answered so. */
  answerAll: (() => Response) | null;
  /** No request is answered. */
  hangs: boolean;
  /** What the account has to agree to first: `tou`, `pp`, … */
  step: string | null;
  /** Nobody wears a sensor. */
  noSensor: boolean;
  /** When the wearer's phone last sent anything; `null`: just now. */
  phoneSentMs: number | null;
  /** By how much the history says something else than the current reading of the same instant said. */
  historyDiffersMgdl: number;
  /** Sessions opened until now are taken no more. */
  sessionsEndedBefore: number;
  /** The graph is cut in the middle. */
  garbagePage: boolean;
  /** Records that nobody can read stand among the others, and one in the place of another. */
  garbageRecords: boolean;
  /** Points of the graph that are not there yet, by instant. */
  readonly missing: Set<number>;
  /** Values that are other than they were, by instant. */
  readonly revised: Map<number, number>;
  /** Passwords that are in force instead of the first one, by e-mail address. */
  readonly passwords: Map<string, string>;
}

/** As much of a request as the cloud looks at; the path begins with a region, or with `global`. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | null;
  readonly body: string;
}

export interface StubLinkUp {
  readonly switches: Switches;
  answer(asked: Asked): Response;
  /** What it shows of a wearer now, oldest first. */
  shown(wearer: Wearer): readonly Measurement[];
  /** Logins that were looked at, good or not. */
  logins(): number;
}

const LOCKED = { failures: 3, intervalSeconds: 60, lockoutSeconds: 300 } as const;

/** LibreLinkUp in memory, as strict as the real one and as untidy. Its paths begin with the region: `/eu/llu/auth/login`. */
export function createStubLinkUp({ nowMs, accounts, minimumVersion = "4.16.0", sessionSeconds = 15_552_000 }: StubOptions): StubLinkUp {
  const switches: Switches = {
    answerAll: null,
    hangs: false,
    step: null,
    noSensor: false,
    phoneSentMs: null,
    historyDiffersMgdl: 0,
    sessionsEndedBefore: 0,
    garbagePage: false,
    garbageRecords: false,
    missing: new Set(),
    revised: new Map(),
    passwords: new Map(),
  };
  const sessions = new Map<string, { readonly account: Account; readonly number: number; readonly endsMs: number }>();
  const failuresMs = new Map<string, readonly number[]>();
  const lockedUntilMs = new Map<string, number>();
  let logins = 0;

  const login = (place: string, body: string): Response => {
    const { email, password } = JSON.parse(body) as { readonly email?: unknown; readonly password?: unknown };
    logins++;
    const account = accounts.find((each) => each.email === email);
    if (account === undefined) return json({ status: 2, error: { message: "notAuthenticated" } });
    if ((lockedUntilMs.get(account.email) ?? 0) > nowMs()) return locked();
    if (password !== (switches.passwords.get(account.email) ?? account.password)) return wrongPassword(account);
    if (place === "global") return json({ status: 0, data: { redirect: true, region: account.region } });
    if (place !== account.region) return json({ status: 911 });
    if (switches.step !== null) return json(stepWanted(switches.step));
    const token = `stub.${account.userId}.${logins}`;
    sessions.set(token, { account, number: logins, endsMs: nowMs() + sessionSeconds * 1_000 });
    const authTicket = { token, expires: Math.floor(nowMs() / 1_000) + sessionSeconds, duration: sessionSeconds * 1_000 };
    return json({ status: 0, data: { user: { id: account.userId, firstName: "Flora", country: "DE" }, messages: {}, authTicket } });
  };

  const wrongPassword = ({ email }: Account): Response => {
    const recent = [...(failuresMs.get(email) ?? []), nowMs()].filter((ms) => ms > nowMs() - LOCKED.intervalSeconds * 1_000);
    failuresMs.set(email, recent);
    if (recent.length < LOCKED.failures) return json({ status: 2, error: { message: "notAuthenticated" } });
    lockedUntilMs.set(email, nowMs() + LOCKED.lockoutSeconds * 1_000);
    return locked();
  };

  const whose = ({ header }: Asked, place: string): Account | Response => {
    const session = sessions.get(header("authorization")?.replace(/^Bearer /, "") ?? "");
    const isOpen = session !== undefined && session.endsMs > nowMs() && session.number > switches.sessionsEndedBefore;
    if (!isOpen || session.account.region !== place) return json({ message: "invalid or expired jwt" }, 401);
    const accountId = createHash("sha256").update(session.account.userId).digest("hex");
    return header("account-id") === accountId ? session.account : json({ message: "RequiredHeaderMissing" }, 400);
  };

  const measured = (wearer: Wearer): { readonly graph: readonly Measurement[]; readonly current: Measurement | null } => {
    if (switches.noSensor) return { graph: [], current: null };
    const sentMs = Math.min(nowMs(), switches.phoneSentMs ?? Infinity);
    const { graph, current } = measurementsOf(wearer, Math.floor(nowMs() / 1_000), Math.floor(sentMs / 1_000));
    const asItIsNow = (each: Measurement) => ({ ...each, mgdl: switches.revised.get(each.at) ?? each.mgdl });
    const history = graph.map((each) => ({ ...each, mgdl: each.mgdl + switches.historyDiffersMgdl }));
    return { graph: history.filter(({ at }) => !switches.missing.has(at)).map(asItIsNow), current: asItIsNow(current) };
  };

  const graphOf = (wearer: Wearer): Response => {
    const { graph, current } = measured(wearer);
    const points = graph.map((each) => printMeasurement(each, wearer) as unknown);
    if (switches.garbageRecords) points.splice(1, 1, ...GARBAGE);
    const glucoseMeasurement = current === null ? null : printMeasurement(current, wearer);
    const connection = { id: "c", patientId: wearer.patientId, status: 2, sensor: { sn: "0M000000000" }, glucoseMeasurement };
    const body = { status: 0, data: { connection, activeSensors: [], graphData: points }, ticket: { token: "x", expires: 1, duration: 1 } };
    return switches.garbagePage ? new Response(JSON.stringify(body).slice(0, -40), { headers: JSON_TYPE }) : json(body);
  };

  const data = (asked: Asked, place: string, path: string): Response => {
    const account = whose(asked, place);
    if (account instanceof Response) return account;
    if (path === "/llu/connections") {
      return json({ status: 0, data: account.follows.map(({ patientId, firstName, lastName }) => ({ patientId, firstName, lastName })) });
    }
    const patientId = /^\/llu\/connections\/([^/]+)\/graph$/.exec(path)?.[1];
    const wearer = account.follows.find((each) => each.patientId === patientId);
    return wearer === undefined ? html(404) : graphOf(wearer);
  };

  return {
    switches,
    answer(asked) {
      if (switches.answerAll !== null) return switches.answerAll();
      const [, place = "", rest = ""] = /^\/([a-z0-9]+)(\/.*)$/.exec(asked.path) ?? [];
      const isApp = ["llu.android", "llu.ios"].includes(asked.header("product") ?? "");
      if (!isApp) return html(403);
      if (isOlder(asked.header("version") ?? "", minimumVersion)) return json({ data: { minimumVersion }, status: 920 }, 403);
      if (rest === "/llu/auth/login") {
        const isJson = asked.header("content-type")?.startsWith("application/json") === true;
        return asked.method === "POST" && isJson ? login(place, asked.body) : html(405);
      }
      return asked.method === "GET" ? data(asked, place, rest) : html(405);
    },
    shown(wearer) {
      const { graph, current } = measured(wearer);
      const readable = switches.garbageRecords ? graph.toSpliced(1, 1) : graph;
      return current === null ? readable : [...readable, current];
    },
    logins: () => logins,
  };
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_TYPE, ...headers } });
}

/** What stands before the cloud speaks in pages. */
export function html(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response("<!DOCTYPE html><title>Attention Required!</title>", {
    status,
    headers: { "content-type": "text/html", ...headers },
  });
}

/** HTTP 200, as it was seen. */
export function locked(): Response {
  const { failures, intervalSeconds: interval, lockoutSeconds: lockout } = LOCKED;
  return json({ status: 429, data: { code: 60, data: { failures, interval, lockout }, message: "locked" } });
}

function stepWanted(type: string): unknown {
  const step = { type, componentName: "AcceptDocument", props: { reaccept: true, titleKey: "Common.termsOfUse", type } };
  return { status: 4, data: { step, user: { country: "CH" }, authTicket: { token: "not-yet", expires: 0, duration: 3_600_000 } } };
}

const GARBAGE: readonly unknown[] = [
  null,
  "2/30/2026",
  { FactoryTimestamp: "2/30/2026 1:00:00 PM", ValueInMgPerDl: 120 },
  { FactoryTimestamp: "2026-02-03T04:05:06", ValueInMgPerDl: 120 },
  { FactoryTimestamp: "2/3/2026 0:05:06 AM", ValueInMgPerDl: 120 },
  { ValueInMgPerDl: 120 },
  { FactoryTimestamp: "2/3/2026 1:00:01 AM", ValueInMgPerDl: "high" },
  { FactoryTimestamp: "2/3/2026 1:00:02 AM", ValueInMgPerDl: null },
  { FactoryTimestamp: "2/3/2026 1:00:03 AM", ValueInMgPerDl: 0 },
];

function isOlder(version: string, minimum: string): boolean {
  const wanted = minimum.split(".").map(Number);
  const parts = version.split(".").map(Number);
  const difference = wanted.map((part, n) => (parts[n] ?? 0) - part).find((each) => each !== 0) ?? 0;
  return !/^\d+(\.\d+)+$/.test(version) || difference < 0;
}
