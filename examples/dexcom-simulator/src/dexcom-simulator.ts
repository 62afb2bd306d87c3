import { err, ok, type Result } from "neverthrow";
import { createAdminHandler } from "./admin/admin.ts";
import type { Outcome, SimulatorRequest } from "./answer.ts";
import type { Cloud } from "./api/cloud.ts";
import { type Counters, createTally, type UserCounters } from "./api/counters.ts";
import { createHandler } from "./api/handle.ts";
import { createCallBudget } from "./call-budget.ts";
import { mixText } from "./chance.ts";
import { type AdjustableClock, createAdjustableClock } from "./clock/adjustable-clock.ts";
import { createStrikes } from "./faults/answer-faults.ts";
import type { FaultShares } from "./faults/fault.ts";
import { createFaultRules, type FaultSwitches } from "./faults/fault-switches.ts";
import { createFetch } from "./fetch.ts";
import { createGrants } from "./oauth/grants.ts";
import { consentForm } from "./oauth/login.ts";
import { DEFAULT_CLIENT, type RegisteredClient } from "./oauth/registered-client.ts";
import { defaultUsers } from "./people/default-users.ts";
import type { SimulatedUser } from "./people/simulated-user.ts";
import { createWearer, type Wearer } from "./people/wearer.ts";
import { type PublishedRecord, type PublishedSpan, publishedRecord } from "./records/published-record.ts";
import { createRecordLibrary } from "./records/record-library.ts";
import { type VendorRules, WORST_RULES } from "./vendor-rules.ts";

export interface DexcomSimulatorOptions {
  /** Tells who everybody is, what they measure, where faults strike, and every token. */
  readonly seed?: string;
  readonly clock: { nowMs(): number };
  readonly users?: readonly SimulatedUser[];
  readonly clients?: readonly RegisteredClient[];
  /** On for everybody from the beginning of time. None by default. */
  readonly faults?: FaultShares;
  /** The worst reading of whatever is unverified, but for these. */
  readonly rules?: Partial<VendorRules>;
}

/** The vendor's cloud in this process. Where a user is named that there is not, these functions throw. */
export interface DexcomSimulator {
  /** All of it behind what looks like the global `fetch`, whatever host is asked. */
  readonly fetch: typeof fetch;
  /** The same without promises. */
  handle(request: SimulatorRequest): Outcome;
  readonly users: readonly SimulatedUser[];
  readonly clients: readonly RegisteredClient[];
  readonly faults: FaultSwitches;
  readonly clock: AdjustableClock;
  /** What a person and their browser do with an authorisation URL: answers where the browser is sent, or what the page says. */
  consent(authorizationUrl: URL, answer: ConsentAnswer): Result<URL, string>;
  /** The user takes back every access; answers how many grants there were. */
  revoke(user: string): number;
  /** Plugs in a user's receiver: what it holds is published now. */
  upload(user: string): void;
  /** The truth: what was published of a user until `asOf`, in the order of the measurements. All times in seconds since the epoch. */
  published(user: string, span?: PublishedSpan): readonly PublishedRecord[];
  counters(): Counters;
  countersOf(user: string): UserCounters;
  /** Every code and token ever given out, for whoever looks for leaks. */
  issuedSecrets(): readonly string[];
}

export interface ConsentAnswer {
  readonly user: string;
  readonly decision?: "allow" | "deny";
}

export function createDexcomSimulator(options: DexcomSimulatorOptions): DexcomSimulator {
  const clock = createAdjustableClock(options.clock);
  const cloud = createCloud(options, clock);
  const wearerOf = (user: string): Wearer => {
    const wearer = cloud.wearers.get(user);
    if (wearer === undefined) throw new Error(`The simulator has no user "${user}".`);
    return wearer;
  };
  const answerApi = createHandler(cloud);
  const simulator: Omit<DexcomSimulator, "fetch" | "handle"> = {
    users: cloud.users,
    clients: cloud.clients,
    faults: cloud.faults,
    clock,
    consent: (url, { user, decision = "allow" }) => consent(answerApi, url, consentForm(url, user, decision)),
    revoke: (user) => cloud.grants.revoke(wearerOf(user).user.name),
    upload: (user) => {
      const { uploads } = wearerOf(user);
      if (uploads === null) throw new Error(`The user "${user}" has no receiver: their phone uploads by itself.`);
      uploads.add(Math.floor(clock.nowMs() / 1000));
      cloud.library.forget();
    },
    published: (user, span) => published(wearerOf(user), cloud, span ?? {}),
    counters: () => countersOfAll(cloud),
    countersOf: (user) => ({
      ...cloud.grants.counters(wearerOf(user).user.name),
      tokenResponsesLost: cloud.tally.tokenResponsesLost.get(user) ?? 0,
    }),
    issuedSecrets: () => cloud.grants.issuedSecrets(),
  };
  const answerAdmin = createAdminHandler(simulator);
  const handle = (request: SimulatorRequest) => answerAdmin(request) ?? answerApi(request);
  return { ...simulator, handle, fetch: createFetch(handle) };
}

function createCloud(options: DexcomSimulatorOptions, clock: AdjustableClock): Cloud {
  const seed = mixText(0, options.seed ?? "1");
  const now = () => Math.floor(clock.nowMs() / 1000);
  const rules = { ...WORST_RULES, ...options.rules };
  const users = options.users ?? defaultUsers(clock.nowMs());
  const clients = options.clients ?? [DEFAULT_CLIENT];
  const faults = createFaultRules({
    now,
    shares: options.faults ?? {},
    users: new Set(users.map(({ name }) => name)),
    changed: () => library.forget(),
  });
  const library = createRecordLibrary(faults);
  return {
    seed,
    users,
    wearers: new Map(users.map((user) => [user.name, createWearer(seed, user)])),
    clients,
    rules,
    faults,
    strikes: createStrikes(seed, faults),
    grants: createGrants({ seed: mixText(seed, "secrets"), now, rules }),
    library,
    budgets: new Map(clients.map(({ clientId }) => [clientId, createCallBudget(rules.callsPerHour)])),
    tally: createTally(),
    nowMs: () => clock.nowMs(),
  };
}

function consent(handle: (request: SimulatorRequest) => Outcome, url: URL, body: string): Result<URL, string> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const outcome = handle({ method: "POST", url: new URL(url.pathname, url), headers, body });
  if (outcome.kind !== "answer") return err("The page did not answer.");
  const location = outcome.headers["location"];
  return location === undefined ? err(outcome.body) : ok(new URL(location));
}

function published(wearer: Wearer, { library, nowMs }: Cloud, { from, to, asOf }: PublishedSpan): readonly PublishedRecord[] {
  const known = asOf ?? Math.floor(nowMs() / 1000);
  const span = { from: from ?? wearer.user.from, to: to ?? wearer.user.to ?? known + 1 };
  return library
    .span(wearer, span.from * 1000, span.to * 1000)
    .map((record) => publishedRecord(record, known))
    .filter((record) => record !== null);
}

function countersOfAll({ tally, grants, budgets }: Cloud): Counters {
  return {
    ...grants.counters(),
    calls: tally.calls,
    refusedOverBudget: tally.refusedOverBudget,
    worstHourCalls: Math.max(0, ...[...budgets.values()].map((budget) => budget.worstHour())),
    tokenResponsesLost: [...tally.tokenResponsesLost.values()].reduce((sum, count) => sum + count, 0),
  };
}
