import { expect, it } from "vitest";
import {
  ANSWER_FAULTS,
  defaultUsers,
  type FaultName,
  type PublishedRecord,
  RECORD_FATES,
  RECORD_FORMS,
  type SimulatedUser,
} from "../src/index.ts";
import { type SimulatedService, startSimulatedService } from "./support/simulated-service.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const START_MS = Date.UTC(2026, 2, 1, 7, 13);
/** A phone, a receiver, and somebody whose data lie wholly in the past. */
const USERS = ["ada", "cleo", "SandboxUser6"] as const;
const HISTORY_DAYS = 40;
/** What a receiver uploads may change for six days more, and whatever is older than a week is looked at once a week. */
const CALM_DAYS = 14;
/** What was shown before this was asked for. */
const LAST_POLL_SECONDS = 2 * 900;
const SEED = process.env["BG_INGEST_MONTH_SEED"] ?? "1";

interface ServedReading {
  readonly timestamp: string;
  readonly glucose_mg_dl: number;
  readonly range_flag: "below" | "above" | null;
  readonly received_at: string;
  readonly revision: number;
}

const secondsOf = (timestamp: string): number => Date.parse(timestamp) / 1000;

it("after a month in which everything went wrong now and then, all that was published is stored once, and nobody was sent away", async () => {
  const service = await startSimulatedService({ startMs: START_MS, seed: SEED, users: people() });
  const { simulator } = service;
  const chance = seeded(SEED);
  for (const user of USERS) expect(await service.connect(user)).toBe(200);
  await service.pass(2 * HOUR);

  for (const fault of Object.keys({ ...RECORD_FATES, ...RECORD_FORMS }) as FaultName[]) simulator.faults.switchOn(fault);
  for (let day = 0; day < 30; day++) {
    for (const fault of Object.keys(ANSWER_FAULTS) as FaultName[]) if (chance() < 0.25) strike(service, fault, chance);
    if (day % 11 === 8) simulator.upload("cleo");
    await service.pass(DAY);
    await comeBack(service);
  }
  simulator.faults.switchAllOff();
  simulator.upload("cleo");
  // An answer that was lost in the last hour of trouble is found to be lost in the first of calm.
  for (let day = 0; day < CALM_DAYS; day++) {
    await service.pass(DAY);
    await comeBack(service);
  }

  for (const user of USERS) expect(await differences(service, user), user).toEqual({ missing: [], wrong: [], neverPublished: [] });
  expect(await revisionsSeen(service, "ada")).toBeGreaterThan(10);
  const asked = service.events.filter(
    ({ type, data }) => type === "bg.connection.changed.v1" && "state" in data && data.state === "needs_reconnect",
  );
  const counters = simulator.counters();
  // Each answer that was truly lost may cost one consent, and nothing else does.
  expect(asked.length).toBeLessThanOrEqual(counters.tokenResponsesLost);
  expect(counters.refusedOverBudget).toBe(0);
  expect(counters.worstHourCalls).toBeLessThanOrEqual(60_000);
  expect(leaks(service)).toEqual([]);
  await service.stop();
}, 1_800_000);

function people(): readonly SimulatedUser[] {
  const from = START_MS / 1000 - HISTORY_DAYS * DAY;
  const meant = defaultUsers(START_MS).filter(({ name }) => USERS.some((user) => user === name));
  return meant.map((user) => (user.to === null ? { ...user, from } : user));
}

/** For some hours, for everybody or for one. */
function strike({ simulator, now }: SimulatedService, fault: FaultName, chance: () => number): void {
  const from = now() + Math.floor(chance() * DAY);
  const user = chance() < 0.5 ? null : (USERS[Math.floor(chance() * USERS.length)] as string);
  simulator.faults.switchOn(fault, { from, to: from + Math.ceil(chance() * 12 * HOUR), user });
}

/** Whoever is asked to connect again does so. */
async function comeBack(service: SimulatedService): Promise<void> {
  for (const user of await sentAway(service)) await service.connect(user);
}

async function sentAway(service: SimulatedService): Promise<readonly string[]> {
  const states = await Promise.all(
    USERS.map((user) => service.get<{ readonly connections: readonly { readonly state: string }[] }>(`/api/connections/${user}`)),
  );
  return USERS.filter((_, at) => states[at]?.connections.some(({ state }) => state === "needs_reconnect"));
}

async function servedOf(service: SimulatedService, user: string, more = ""): Promise<readonly ServedReading[]> {
  const { from } = simulatedUser(service, user);
  const readings: ServedReading[] = [];
  const end = service.now() + DAY;
  for (let start = from; start < end; start += 300 * DAY) {
    const to = Math.min(end, start + 300 * DAY);
    const query = `from=${iso(start)}&to=${iso(to)}&detail=full&view=all${more}`;
    readings.push(...(await service.get<ServedReading[]>(`/api/bg/${user}?${query}`)));
  }
  return readings;
}

function simulatedUser({ simulator }: SimulatedService, name: string) {
  const user = simulator.users.find((each) => each.name === name);
  if (user === undefined) throw new Error(`There is no ${name}.`);
  return user;
}

const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** What a record says by now; `null`: no reading is in it. */
function reading({ versions }: PublishedRecord): string | null {
  const { mgdl, flag } = versions.at(-1) ?? { mgdl: null, flag: null };
  return mgdl === null ? null : `${flag ?? mgdl}`;
}

async function differences(service: SimulatedService, user: string) {
  const served = new Map<number, string>();
  for (const { timestamp, glucose_mg_dl, range_flag } of await servedOf(service, user)) {
    expect(served.has(secondsOf(timestamp)), `${timestamp} twice`).toBe(false);
    served.set(secondsOf(timestamp), `${range_flag ?? glucose_mg_dl}`);
  }
  const published = Map.groupBy(service.simulator.published(user), ({ at }) => at);
  const seen = service.simulator.published(user, { asOf: service.now() - LAST_POLL_SECONDS });
  const due = [...Map.groupBy(seen, ({ at }) => at)].filter(([, records]) => records.every((record) => reading(record) !== null));
  const possible = (at: number) => published.get(at)?.map(reading) ?? [];
  return {
    missing: due.filter(([at]) => !served.has(at)).map(([at]) => iso(at)),
    wrong: [...served]
      .filter(([at, value]) => published.has(at) && !isPossible(value, possible(at)))
      .map(([at, value]) => `${iso(at)} ${value}, not ${possible(at)}`),
    neverPublished: [...served.keys()].filter((at) => !published.has(at)).map(iso),
  };
}

/** Where the last version holds no reading any more, the one before it stands. */
function isPossible(value: string, says: readonly (string | null)[]): boolean {
  return says.includes(value) || says.includes(null);
}

/** Readings whose older value is still told to whoever asks what was known before. */
async function revisionsSeen(service: SimulatedService, user: string): Promise<number> {
  const revised = (await servedOf(service, user)).filter(({ revision }) => revision > 0);
  let seen = 0;
  for (const { timestamp, received_at, glucose_mg_dl } of revised) {
    const at = secondsOf(timestamp);
    const before = `from=${iso(at)}&to=${iso(at + 1)}&view=all&as_of=${iso(secondsOf(received_at) - 1)}`;
    const [older] = await service.get<ServedReading[]>(`/api/bg/${user}?${before}`);
    if (older !== undefined && older.glucose_mg_dl !== glucose_mg_dl) seen++;
  }
  return seen;
}

/** Tokens and codes that stand in the log, and what looks like a reading. */
function leaks({ logLines, simulator }: SimulatedService): readonly string[] {
  const text = logLines.join("");
  const secrets = [...simulator.issuedSecrets(), ...simulator.clients.map(({ clientSecret }) => clientSecret)];
  const looksLikeReading = /glucose_mg_dl|"value"|mgdl|transmitterId|mg\/dL/;
  return [...secrets.filter((secret) => text.includes(secret)), ...logLines.filter((line) => looksLikeReading.test(line))];
}

function seeded(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
