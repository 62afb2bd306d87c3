import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKPOINTS, type CheckpointName } from "@bg-ingest/core";
import { createFastTime } from "../../../../packages/http-host/test/fast-time.ts";
import { type ServiceProcess, startService } from "../../../../packages/http-host/test/kill/service-process.ts";
import { eventIdsOf, readStore } from "../../../../packages/http-host/test/kill/stored-days.ts";
import { DEFAULT_CLIENT, defaultUsers, startDexcomSimulator } from "../../src/index.ts";
import { REDIRECT_URI } from "../support/application.ts";
import { consentInBrowser } from "../support/consent-in-browser.ts";
import { getJson } from "../support/get-json.ts";
import { leaksIn } from "../support/leaks.ts";
import { differences } from "../support/served-beside-published.ts";
import { DOOR_MOMENTS, type DoorMoment, openVendorDoor, type TokenPair } from "./vendor-door.ts";

/** Every named moment of a renewal, on either side of the wire. */
type RefreshMoment = Extract<CheckpointName, `refresh.${string}`> | DoorMoment;
export const REFRESH_MOMENTS: readonly RefreshMoment[] = [
  ...CHECKPOINTS.filter((name): name is Extract<CheckpointName, `refresh.${string}`> => name.startsWith("refresh.")),
  ...DOOR_MOMENTS,
];

interface RefreshKillsOptions {
  /** How often the service is killed at each moment. */
  readonly killsPerMoment: number;
  readonly seed: string;
  readonly progress?: (line: string) => void;
}

interface RefreshKillsReport {
  readonly kills: Readonly<Record<RefreshMoment, number>>;
  readonly renewals: number;
  /** Pairs that the vendor gave and nobody ever showed: with them a grant is gone. */
  readonly lost: number;
  readonly reconnectsAsked: number;
  readonly familiesRevoked: number;
  /** Deaths after which what was stored was not taken up again. */
  readonly forgotten: readonly string[];
  readonly readings: number;
  readonly unlike: Awaited<ReturnType<typeof differences>>;
  /** Commits whose event never went out. */
  readonly unpublished: readonly string[];
  readonly logLines: number;
  readonly leaks: readonly string[];
}

/** What was killed there has lost the pair that the vendor made. */
export const LOSING_MOMENTS: ReadonlySet<RefreshMoment> = new Set(["vendor.answered", "refresh.after_response"]);

const USER = "ada";
const HOUR = 3_600;
const DAY = 24 * HOUR;
/** A simulated hour every six seconds. */
const SPEED = 600;
const SIMULATED_ZERO_MS = Date.UTC(2026, 2, 1, 6);
const ACCESS_TOKEN_LIFE_SECONDS = 1_200;
/** Real time, in which whatever is to happen has happened; only what never ends is given up on. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;
const MOST_CONSENTS = 20;

/** A real process before a vendor that forgives nothing, killed around its renewals again and again. */
export async function runRefreshKills(options: RefreshKillsOptions): Promise<RefreshKillsReport> {
  const loop = await createLoop(options);
  try {
    for (let round = 0; round < options.killsPerMoment; round++) {
      for (const moment of REFRESH_MOMENTS) await (round % 2 === 0 ? loop.killOnceWell(moment) : loop.killAmidLeavings(moment));
    }
    const seen = await loop.liveQuietly();
    return { ...seen, ...(await loop.report()) };
  } finally {
    await loop.end();
  }
}

async function createLoop({ seed, progress }: RefreshKillsOptions) {
  const folder = mkdtempSync(join(tmpdir(), "bg-refresh-kills-"));
  const [dataDir, logFile, eventsFile] = [join(folder, "data"), join(folder, "log"), join(folder, "events")];
  const zeros = { simulatedZeroMs: SIMULATED_ZERO_MS, realZeroMs: Date.now(), speed: SPEED };
  const time = createFastTime(zeros);
  const vendor = (await startDexcomSimulator({ port: 0, seed, clock: time, users: people(), rules: RULES }))._unsafeUnwrap();
  const { simulator } = vendor;
  const kills = Object.fromEntries(REFRESH_MOMENTS.map((name) => [name, 0])) as Record<RefreshMoment, number>;
  const services: ServiceProcess[] = [];
  const storedAtDeath: { readonly what: string; readonly pair: TokenPair; readonly shown: number }[] = [];
  let doom: { readonly at: RefreshMoment; readonly service: ServiceProcess } | null = null;
  const door = await openVendorDoor(vendor.url, (moment) => {
    if (doom?.at !== moment) return true;
    doom.service.signal("SIGKILL");
    return false;
  });

  async function start(killAt: RefreshMoment | "", isDoomed: boolean): Promise<ServiceProcess> {
    const environment = {
      ...SETTINGS,
      DATA_DIR: dataDir,
      DEXCOM_API_BASE_URL: door.url,
      LOG_FILE: logFile,
      EVENTS_FILE: eventsFile,
      KILL_AT: killAt,
      IS_DOOMED: isDoomed ? "yes" : "no",
      SIMULATED_ZERO_MS: String(zeros.simulatedZeroMs),
      REAL_ZERO_MS: String(zeros.realZeroMs),
      SPEED: String(SPEED),
    };
    const service = await startService(environment, new URL("./killable-service.ts", import.meta.url));
    services.push(service);
    return service;
  }

  /** Doomed once all is well again: each death is seen to be got over. */
  async function killOnceWell(moment: RefreshMoment): Promise<void> {
    const service = await start(moment, false);
    const url = urlOf(service);
    if (door.pairs.length === 0) await consent(url);
    await recovered(url);
    doom = { at: moment, service };
    service.signal("SIGUSR2");
    await killed(moment, service);
  }

  /** Doomed from the start: the next death comes before the last one is got over. */
  async function killAmidLeavings(moment: RefreshMoment): Promise<void> {
    const service = await start(moment, true);
    doom = { at: moment, service };
    // Whoever is asked for consent renews nothing before they gave it.
    if (service.url !== null) await Promise.race([service.ended, comeBackUntilDeath(service.url)]);
    await killed(moment, service);
  }

  async function killed(moment: RefreshMoment, service: ServiceProcess): Promise<void> {
    const how = await within(PATIENCE_MS, service.ended, `${moment} is reached`);
    doom = null;
    if (how !== "SIGKILL") throw new Error(`The service ended by ${how} instead of at ${moment}. ${service.complaints()}`);
    kills[moment]++;
    // The last pair is the stored one, unless it died with the process.
    const pair = door.pairs.at(LOSING_MOMENTS.has(moment) ? -2 : -1);
    if (pair === undefined) throw new Error(`At ${moment} nothing was granted yet.`);
    storedAtDeath.push({ what: `killed at ${moment} #${kills[moment]}`, pair, shown: door.shown(pair) });
    progress?.(`${moment} #${kills[moment]}: ${door.pairs.length} pairs granted`);
  }

  async function stateAt(url: string): Promise<string> {
    const { connections } = await getJson<{ readonly connections: readonly { readonly state: string }[] }>(url, `/api/connections/${USER}`);
    return connections[0]?.state ?? "none";
  }

  /** Never a silent stall: in bounded time data flow and health says so, or the person is asked, and comes. */
  async function recovered(url: string): Promise<void> {
    const servedBefore = door.served();
    let state = "";
    const isWell = async (): Promise<boolean> => {
      state = await stateAt(url);
      if (state === "needs_reconnect") await consent(url);
      return state === "healthy" && door.served() > servedBefore;
    };
    await eventually(isWell, () => `it is well again; it says ${state}`);
  }

  async function comeBackUntilDeath(url: string): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause()) {
      const state = await stateAt(url).catch(() => null);
      if (state === null) return;
      if (state === "needs_reconnect") await consent(url).catch(() => undefined);
    }
  }

  /** Time runs so fast that the attempt may be over before the browser is back: then the person begins again. */
  async function consent(url: string): Promise<void> {
    for (let attempt = 1; (await consentInBrowser(url, simulator, USER)).status !== 200; attempt++)
      if (attempt === MOST_CONSENTS) throw new Error(`Connecting failed ${attempt} times.`);
  }

  /** One life without a kill, long enough for whatever was lost to show itself, and a graceful end. */
  async function liveQuietly(): Promise<Pick<RefreshKillsReport, "lost" | "unlike">> {
    const service = await start("", false);
    const url = urlOf(service);
    await recovered(url);
    const granted = door.pairs.length;
    const hasRenewed = async (): Promise<boolean> => {
      if ((await stateAt(url)) === "needs_reconnect") await consent(url);
      return door.pairs.slice(granted).some((pair) => pair.by === "renewal" && door.shown(pair) > 0);
    };
    await eventually(hasRenewed, () => "it renews once more");
    const unlike = await differencesInTheEnd(url);
    // Not amid a renewal: at this speed a graceful end hardly waits.
    await eventually(
      async () => door.shown(door.pairs.at(-1) as TokenPair) > 0,
      () => "the newest pair is used",
    );
    const lost = renewals().filter((pair) => door.shown(pair) === 0).length;
    service.signal("SIGTERM");
    const how = await service.ended;
    if (how !== "0") throw new Error(`The graceful end was ${how}. ${service.complaints()}`);
    return { lost, unlike };
  }

  /** What is missing may still be on its way. */
  async function differencesInTheEnd(url: string): Promise<RefreshKillsReport["unlike"]> {
    const now = () => Math.floor(time.nowMs() / 1000);
    const shownAt = now();
    const beside = { simulator, now, get: <T>(path: string) => getJson<T>(url, path) };
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const unlike = await differences(beside, USER, shownAt);
      if (unlike.missing.length === 0 || Date.now() > deadline) return unlike;
      await pause();
    }
  }

  const renewals = () => door.pairs.filter(({ by }) => by === "renewal");

  async function report(): Promise<Omit<RefreshKillsReport, "lost" | "unlike">> {
    const events = linesOf(eventsFile).map((line) => JSON.parse(line) as readonly [id: string, type: string, state: string | null]);
    const ids = new Set(events.map(([id]) => id));
    const stored = await readStore(dataDir);
    const logLines = [...linesOf(logFile), ...services.map((service) => service.complaints())];
    return {
      kills,
      renewals: renewals().length,
      reconnectsAsked: new Set(events.filter(([, , state]) => state === "needs_reconnect").map(([id]) => id)).size,
      familiesRevoked: simulator.counters().familiesRevoked,
      forgotten: storedAtDeath.filter(({ pair, shown }) => door.shown(pair) <= shown).map(({ what }) => what),
      readings: stored.flatMap(({ logs }) => logs).reduce((sum, log) => sum + log.columns.mgdl.length, 0),
      unpublished: stored.flatMap(eventIdsOf).filter((id) => !ids.has(id)),
      logLines: logLines.length,
      leaks: leaksIn(logLines, { secrets: [...simulator.issuedSecrets(), DEFAULT_CLIENT.clientSecret] }),
    };
  }

  async function end(): Promise<void> {
    for (const service of services) service.signal("SIGKILL");
    await door.stop();
    await vendor.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  return { killOnceWell, killAmidLeavings, liveQuietly, report, end };
}

function urlOf({ url, complaints }: ServiceProcess): string {
  if (url === null) throw new Error(`The service did not start. ${complaints()}`);
  return url;
}

const SETTINGS = {
  PORT: "0",
  DEMO: "off",
  LOG_LEVEL: "debug",
  POLL_INTERVAL_SECONDS: "300",
  PROVIDER_DEADLINE_SECONDS: "299",
  SHUTDOWN_GRACE_SECONDS: "600",
  DEXCOM_CLIENT_ID: DEFAULT_CLIENT.clientId,
  DEXCOM_CLIENT_SECRET: DEFAULT_CLIENT.clientSecret,
  DEXCOM_REDIRECT_URI: REDIRECT_URI,
} as const;

/** Codes are good for longer than usual: at this speed a minute is over in a tenth of a second. */
const RULES = { accessTokenLifeSeconds: ACCESS_TOKEN_LIFE_SECONDS, codeLifeSeconds: HOUR };

function people() {
  const from = SIMULATED_ZERO_MS / 1000 - 2 * DAY;
  return defaultUsers(SIMULATED_ZERO_MS)
    .filter(({ name }) => name === USER)
    .map((user) => ({ ...user, from }));
}

function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));

async function eventually(isSo: () => Promise<boolean>, what: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`It took too long until ${what()}.`);
    await pause();
  }
}

function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`It took too long until ${what}.`)), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
