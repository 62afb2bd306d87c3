import { setTimeout as sleep } from "node:timers/promises";
import type { OpenEngines } from "../../../../packages/http-host/test/engines/engines-under-test.ts";
import { openFleet } from "../../../../packages/http-host/test/engines/replica-fleet.ts";
import { eventIdsOf } from "../../../../packages/http-host/test/kill/stored-days.ts";
import { DEFAULT_CLIENT, type SimulatedUser, startDexcomSimulator } from "../../src/index.ts";
import { openVendorDoor } from "../kill/vendor-door.ts";
import { REDIRECT_URI } from "../support/application.ts";
import { consentInBrowser } from "../support/consent-in-browser.ts";
import { getJson } from "../support/get-json.ts";
import { differences } from "../support/served-beside-published.ts";

interface ReplicaRunOptions {
  readonly open: OpenEngines;
  readonly replicas: number;
  readonly people: number;
  readonly seconds: number;
  /** One is killed so often, and another begun in its place; `null`: none. */
  readonly killEverySeconds: number | null;
  readonly seed: string;
}

export interface ReplicaReport {
  readonly readings: number;
  readonly kills: number;
  /** Readings that the vendor has shown and the service does not serve. */
  readonly lost: readonly string[];
  /** Readings that are served otherwise than the vendor showed them, or twice, or that it never showed. */
  readonly wrong: readonly string[];
  readonly unpublished: readonly string[];
  /** Requests for data and for tokens within the seconds given. */
  readonly calls: number;
  readonly renewals: number;
  /** Asked for while more than half of the old pair's life was left: it was due in its last quarter. */
  readonly renewedEarly: number;
  /** Old pairs that were shown for a new one more than once. */
  readonly renewedTwice: number;
  /** New pairs that nobody ever showed: whoever had asked for them died. */
  readonly answersLost: number;
  readonly familiesRevoked: number;
  /** How often a person had to consent once more. */
  readonly reconnects: number;
  /** From each kill until the dead one was out of the register, in heartbeats. */
  readonly takeovers: readonly number[];
}

const DAY = 86_400;
const HISTORY_DAYS = 2;
const POLL_SECONDS = 300;
/** 40 seconds of the machine's: each person's is renewed several times in a long run. */
const ACCESS_TOKEN_LIFE_SECONDS = 1_200;
const HALF_A_LIFE_MS = ACCESS_TOKEN_LIFE_SECONDS * 500;
const LOOK_EVERY_MS = 250;
const CAUGHT_UP_WITHIN_MS = 180_000;
const SERVICE = new URL("./replica-service.ts", import.meta.url);

export async function runReplicas(options: ReplicaRunOptions): Promise<ReplicaReport> {
  const fleet = await openFleet(options.open, SERVICE);
  const { time, under, someUrl } = fleet;
  const now = () => Math.floor(time.nowMs() / 1000);
  const users = peopleOf(options.people, now());
  // Codes are good for longer than usual: at this speed a minute is over in a second.
  const rules = { accessTokenLifeSeconds: ACCESS_TOKEN_LIFE_SECONDS, codeLifeSeconds: 3_600 };
  const vendor = (await startDexcomSimulator({ port: 0, seed: options.seed, clock: time, users, rules }))._unsafeUnwrap();
  const { simulator } = vendor;
  const door = await openVendorDoor(vendor.url, () => true, time.nowMs);
  let reconnects = 0;

  /** A replica that dies amid a consent has not connected anybody: the person begins again with another. */
  async function consent(user: string, n: number): Promise<void> {
    const untilMs = performance.now() + CAUGHT_UP_WITHIN_MS;
    for (let attempt = n; performance.now() < untilMs; attempt++) {
      const status = await consentInBrowser(someUrl(attempt), simulator, user).then(
        (consented) => consented.status,
        () => null,
      );
      if (status === 200) return;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error(`${user} could not be connected.`);
  }

  async function stateOf(user: string, n: number): Promise<string> {
    const { connections } = await getJson<{ readonly connections: readonly { readonly state: string }[] }>(
      someUrl(n),
      `/api/connections/${user}`,
    );
    return connections[0]?.state ?? "none";
  }

  /** One person after another is looked at; whoever is asked to connect again does so. */
  async function comeBack(n: number): Promise<void> {
    const user = users[n % users.length]?.name as string;
    const state = await stateOf(user, n).catch(() => "unknown");
    if (state === "needs_reconnect") {
      reconnects++;
      await consent(user, n);
    }
    await sleep(LOOK_EVERY_MS);
  }

  /** Everybody is served all that was shown up to now; what is still missing in the end is lost. */
  async function untilCaughtUp() {
    const shownAt = now();
    const untilMs = performance.now() + CAUGHT_UP_WITHIN_MS;
    const beside = { simulator, now, get: <T>(path: string) => getJson<T>(someUrl(0), path) };
    const lost: string[] = [];
    const wrong: string[] = [];
    for (const [n, { name }] of users.entries()) {
      const isWell = async () => (await differences(beside, name, shownAt)).missing.length === 0 && (await stateOf(name, 0)) === "healthy";
      while (!(await isWell()) && performance.now() < untilMs) await comeBack(n);
      const unlike = await differences(beside, name, shownAt);
      lost.push(...unlike.missing.map((at) => `${name} ${at}`));
      wrong.push(...[...unlike.wrong, ...unlike.neverPublished, ...unlike.twice].map((what) => `${name} ${what}`));
    }
    return { lost, wrong };
  }

  async function compare() {
    const sources = await under.readStore();
    const published = new Set(await under.readEvents());
    return {
      readings: sources.flatMap(({ logs }) => logs).reduce((sum, log) => sum + log.columns.mgdl.length, 0),
      unpublished: sources.flatMap(eventIdsOf).filter((id) => !published.has(id)),
    };
  }

  function tokens() {
    const asked = Map.groupBy(door.renewalsAsked, ({ refreshToken }) => refreshToken);
    const renewed = door.pairs.filter(({ by }) => by === "renewal");
    return {
      renewals: renewed.length,
      renewedEarly: door.renewalsAsked.filter(({ ageMs }) => ageMs < HALF_A_LIFE_MS).length,
      renewedTwice: [...asked.values()].filter(({ length }) => length > 1).length,
      answersLost: renewed.filter((pair) => door.shown(pair) === 0).length,
      familiesRevoked: simulator.counters().familiesRevoked,
    };
  }

  try {
    await fleet.begin(options.replicas, {
      ...SETTINGS,
      POLL_INTERVAL_SECONDS: String(POLL_SECONDS),
      PROVIDER_DEADLINE_SECONDS: "300",
      DEXCOM_API_BASE_URL: door.url,
    });
    const beganMs = performance.now();
    const calls = sleep(options.seconds * 1000).then(() => simulator.counters().calls);
    await Promise.all(users.map(({ name }, n) => consent(name, n)));
    await fleet.liveOn(beganMs + options.seconds * 1000, { endEverySeconds: options.killEverySeconds, signal: "SIGKILL" }, comeBack);
    const findings = await untilCaughtUp();
    await fleet.stop();
    return {
      ...findings,
      ...(await compare()),
      ...tokens(),
      calls: await calls,
      reconnects,
      kills: fleet.ends.length,
      takeovers: fleet.takeovers,
    };
  } finally {
    await door.stop();
    await vendor.stop();
    await fleet.close();
  }
}

const SETTINGS = {
  DEXCOM_CLIENT_ID: DEFAULT_CLIENT.clientId,
  DEXCOM_CLIENT_SECRET: DEFAULT_CLIENT.clientSecret,
  DEXCOM_REDIRECT_URI: REDIRECT_URI,
} as const;

/** Phones of either kind, whose readings are shown at once or up to an hour later. */
function peopleOf(count: number, now: number): readonly SimulatedUser[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `person-${n}`,
    about: "",
    generation: n % 2 === 0 ? "g6" : "g7",
    displayDevice: n % 3 === 0 ? "android" : "iOS",
    publicationDelaySeconds: (n % 4) * 1_200,
    from: now - HISTORY_DAYS * DAY,
    to: null,
  }));
}
