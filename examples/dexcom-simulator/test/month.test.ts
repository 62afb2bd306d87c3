import { expect, it } from "vitest";
import { ANSWER_FAULTS, defaultUsers, type FaultName, RECORD_FATES, RECORD_FORMS, type SimulatedUser } from "../src/index.ts";
import { leaksIn } from "./support/leaks.ts";
import { differences, iso, NO_DIFFERENCES, type ServedReading, secondsOf, servedOf } from "./support/served-beside-published.ts";
import { type SimulatedService, startSimulatedService } from "./support/simulated-service.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const START_MS = Date.UTC(2026, 2, 1, 7, 13);
/** A phone, a receiver, and somebody whose data lie wholly in the past. */
const USERS = ["ada", "cleo", "SandboxUser6"] as const;
const HISTORY_DAYS = 40;
/** What a receiver uploads may change for six days more, and whatever is older than a week is looked at once a week. */
const CALM_DAYS = 14;
const LIE_SECONDS = 1_800;
/** What was shown before this was asked for. */
const LAST_POLL_SECONDS = 2 * 900;
const SEED = process.env["BG_INGEST_MONTH_SEED"] ?? "1";

it("after a month in which everything went wrong now and then, all that was published is stored once, and nobody was sent away", async () => {
  const service = await startSimulatedService({ startMs: START_MS, seed: SEED, users: people() });
  const { simulator } = service;
  const chance = seeded(SEED);
  // The history is asked for at once, and once more in ten minutes: there is none by both answers.
  simulator.faults.switchOn("no_data", { share: 1, to: service.now() + LIE_SECONDS });
  for (const user of USERS) expect(await service.connect(user)).toBe(200);
  await service.pass(LIE_SECONDS);
  for (const user of USERS) expect(await servedOf(service, user), user).toEqual([]);
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

  const shownAt = service.now() - LAST_POLL_SECONDS;
  for (const user of USERS) expect(await differences(service, user, shownAt), user).toEqual(NO_DIFFERENCES);
  expect(await revisionsSeen(service, "ada")).toBeGreaterThan(10);
  const asked = service.events.filter(
    ({ type, data }) => type === "bg.connection.changed.v1" && "state" in data && data.state === "needs_reconnect",
  );
  const counters = simulator.counters();
  // Each answer that was truly lost may cost one consent, and nothing else does.
  expect(asked.length).toBeLessThanOrEqual(counters.tokenResponsesLost);
  expect(counters.refusedOverBudget).toBe(0);
  expect(counters.worstHourCalls).toBeLessThanOrEqual(60_000);
  const secrets = [...simulator.issuedSecrets(), ...simulator.clients.map(({ clientSecret }) => clientSecret)];
  expect(leaksIn(service.logLines, { secrets })).toEqual([]);
  const looksLikeReading = /glucose_mg_dl|"value"|mgdl|transmitterId|mg\/dL/;
  expect(service.logLines.filter((line) => looksLikeReading.test(line))).toEqual([]);
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

function seeded(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
