import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKPOINTS, type CheckpointName, currentVersions, formatInstant, type Instant, instantAt, type Span } from "@bg-ingest/core";
import { createMockWorld, type MockWorld } from "@bg-ingest/provider-mock";
import { type OpenEngines, openSqliteUnderTest } from "../engines/engines-under-test.ts";
import { createFastTime } from "../fast-time.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { type Delivered, signedDelivery } from "./signed-delivery.ts";
import { eventIdsOf, repeatable, type StoredSource } from "./stored-days.ts";

export interface KillLoopOptions {
  /** How often the service is killed at each named point. */
  readonly killsPerPoint: number;
  /** And how often at no point in particular. */
  readonly randomKills: number;
  readonly seed: string;
  /** All of them unless said otherwise. */
  readonly points?: readonly CheckpointName[];
  /** What the service stands on; SQLite unless said otherwise. */
  readonly open?: OpenEngines;
  /** Simulated seconds in each real one. */
  readonly speed?: number;
  readonly progress?: (line: string) => void;
}

export interface KillReport {
  readonly kills: Readonly<Record<CheckpointName | "anywhere", number>>;
  readonly people: number;
  readonly readings: number;
  readonly deliveriesAccepted: number;
  /** Readings that the source has and the store has not. */
  readonly lost: readonly string[];
  /** Readings that the store has and the source has not, or has otherwise. */
  readonly wrong: readonly string[];
  /** Commits whose event never went out. */
  readonly unpublished: readonly string[];
  /** Lives in which more events were repeated than there were commits above `published`. */
  readonly tooManyRepeats: readonly string[];
  readonly erased: number;
  /** People who were erased and have a living source all the same. */
  readonly cameBack: readonly string[];
  readonly repeats: number;
  readonly events: number;
}

/** A simulated day every 72 s; the source's slots are a quarter of a second apart. */
const USUAL_SPEED = 1_200;
const HISTORY_DAYS = 3;
const LIFE_MS = 60_000;
/** Somebody new connects this often, so that every point is reached again; beyond so many people, the one who came first is erased. */
const CONNECT_EVERY_MS = 1_000;
const MOST_PEOPLE = 8;

export async function runKillLoop(options: KillLoopOptions): Promise<KillReport> {
  const loop = await createLoop(options);
  try {
    for (const [name, nth] of order(options)) await loop.killOnce(name, nth);
    return await liveUntilTold(loop);
  } finally {
    await loop.close();
  }
}

/** A busy machine may cut a graceful end short: what was stored by then and not told is told in the next life, and what is lost in none. */
const MOST_QUIET_LIVES = 4;

async function liveUntilTold(loop: Awaited<ReturnType<typeof createLoop>>): Promise<KillReport> {
  for (let life = 1; ; life++) {
    await loop.liveQuietly();
    const report = await loop.report();
    if (report.unpublished.length === 0 || life === MOST_QUIET_LIVES) return report;
  }
}

/** Points in turn, so that every life meets the leavings of another kind of death. */
function order({
  killsPerPoint,
  randomKills,
  points = CHECKPOINTS,
}: KillLoopOptions): readonly (readonly [CheckpointName | "anywhere", number])[] {
  const rounds = Array.from({ length: killsPerPoint }, (_, round) => points.map((name) => [name, 1 + (round % 2)] as const));
  const anywhere = Array.from({ length: randomKills }, (_, i) => ["anywhere", 300 + ((i * 379) % 1_500)] as const);
  return [...rounds.flat(), ...anywhere];
}

async function createLoop(options: KillLoopOptions) {
  const eventsFile = join(mkdtempSync(join(tmpdir(), "bg-kill-")), "events.txt");
  const { open = openSqliteUnderTest, speed = USUAL_SPEED } = options;
  const zeros = { simulatedZeroMs: Date.UTC(2026, 2, 1, 6), realZeroMs: Date.now(), speed };
  const time = createFastTime(zeros);
  const under = await open(time.nowMs);
  const world = createMockWorld({ clock: time, seed: options.seed, historyDays: HISTORY_DAYS, faults: {} });
  const people = new Map<string, { secret: string | null }>();
  const deliveries = new Map<string, Delivered>();
  const kills = Object.fromEntries([...CHECKPOINTS, "anywhere"].map((name) => [name, 0])) as Record<CheckpointName | "anywhere", number>;
  const tooManyRepeats: string[] = [];
  /** Whom to erase, until it was answered; and who was. */
  const leaving = new Set<string>();
  const gone = new Set<string>();
  let connects = 0;
  let deliveriesAccepted = 0;
  let mayRepeat = 0;
  let eventsSeen = 0;
  let repeats = 0;

  const environment = (killAt: string, nth: number) => ({
    ...under.environment,
    PORT: "0",
    DEMO: "off",
    LOG_LEVEL: "silent",
    POLL_INTERVAL_SECONDS: "300",
    BACKOFF_FIRST_SECONDS: "60",
    MOCK_SEED: options.seed,
    // A sensor's clock ahead of ours: there is something to set aside, and nothing that stays away for good.
    MOCK_FAULTS: "future_instants",
    MOCK_HISTORY_DAYS: String(HISTORY_DAYS),
    KILL_AT: killAt,
    KILL_NTH: String(nth),
    EVENTS_FILE: eventsFile,
    SIMULATED_ZERO_MS: String(zeros.simulatedZeroMs),
    REAL_ZERO_MS: String(zeros.realZeroMs),
    SPEED: String(speed),
    PROVIDER_DEADLINE_SECONDS: "300",
    // Of simulated seconds: what was begun is to be finished at a graceful end.
    SHUTDOWN_GRACE_SECONDS: "600",
  });

  async function killOnce(name: CheckpointName | "anywhere", nth: number): Promise<void> {
    const service = await startService(environment(name, name === "anywhere" ? 0 : nth));
    const isOver = { value: false };
    const ended = service.ended.then((how) => {
      isOver.value = true;
      return how;
    });
    if (name === "anywhere") setTimeout(() => service.signal("SIGKILL"), nth);
    try {
      if (service.url !== null) await keepBusy(service.url, name, isOver);
    } finally {
      service.signal("SIGKILL");
    }
    const how = await ended;
    if (how !== "SIGKILL") throw new Error(`The service ended by ${how} instead of at ${name}. ${service.complaints()}`);
    kills[name]++;
    await audit(`killed at ${name}`);
    options.progress?.(`${name} #${nth}: ${people.size} people`);
  }

  /** People connect, and deliveries come in, until the service is dead. */
  async function keepBusy(url: string, point: string, isOver: { value: boolean }): Promise<void> {
    const deadline = Date.now() + LIFE_MS;
    let connectAtMs = 0;
    while (!isOver.value) {
      if (Date.now() > deadline) throw new Error(`The service was not killed: ${point} was not reached.`);
      if (Date.now() >= connectAtMs) {
        await connectSomebody(url);
        await eraseLeaving(url);
        connectAtMs = Date.now() + CONNECT_EVERY_MS;
      }
      for (const [person, { secret }] of [...people].slice(-3)) if (secret !== null) await deliver(url, person, secret);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  async function connectSomebody(url: string): Promise<void> {
    // With a password the vendor gives sessions that end after two hours and are renewed.
    const password = connects % 2 === 0 ? {} : { password: "mock" };
    const person = `person-${connects++}`;
    const answer = await send("POST", `${url}/api/connections/${person}/mock`, JSON.stringify({ user: person, ...password }), {
      "content-type": "application/json",
    });
    if (answer === null) return;
    if (answer.status >= 300) throw new Error(`Connecting answered ${answer.status}: ${answer.text}`);
    const { webhook } = JSON.parse(answer.text) as { readonly webhook: { readonly secret: string | null } };
    people.set(person, { secret: webhook.secret });
    const [first] = people.keys();
    if (people.size > MOST_PEOPLE && first !== undefined && people.delete(first)) leaving.add(first);
  }

  async function eraseLeaving(url: string): Promise<void> {
    for (const person of leaving) {
      const answer = await send("DELETE", `${url}/api/bg/${person}`);
      if (answer === null) return;
      if (answer.status >= 300 && answer.status !== 404) throw new Error(`Erasing answered ${answer.status}: ${answer.text}`);
      leaving.delete(person);
      gone.add(person);
    }
  }

  /** Deliveries bring what no poll ever brings, so that one lost is missed. */
  async function deliver(url: string, person: string, secret: string): Promise<void> {
    const { body, headers, readings } = await signedDelivery(world, person, secret, Math.floor(time.nowMs() / 1000));
    for (const [at, value] of readings) delivered(person).sent.set(at, value);
    const answer = await send("POST", `${url}/api/bg/${person}/webhook`, body, headers);
    if (answer?.status === 202) {
      deliveriesAccepted++;
      for (const [at, value] of readings) delivered(person).accepted.set(at, value);
    }
    // Simulated time runs so fast that a signature may be stale on arrival, and a deadline over before a busy machine has checked it.
    else if (answer !== null && answer.status !== 401 && answer.status !== 503)
      throw new Error(`A delivery was answered ${answer.status}: ${answer.text}`);
  }

  function delivered(person: string): Delivered {
    const known = deliveries.get(person) ?? { sent: new Map(), accepted: new Map() };
    deliveries.set(person, known);
    return known;
  }

  /** After each death: no life repeated more than it had to. */
  async function audit(what: string): Promise<void> {
    const ids = readEvents();
    const before = new Set(ids.slice(0, eventsSeen));
    const repeated = ids.slice(eventsSeen).filter((id) => before.has(id) && !/\/(connection|erased)(\/|$)/.test(id)).length;
    if (repeated > mayRepeat + under.confirmsInFlight) tooManyRepeats.push(`${what}: ${repeated} repeated, ${mayRepeat} allowed`);
    repeats += repeated;
    eventsSeen = ids.length;
    mayRepeat = (await under.readStore()).reduce((sum, source) => sum + repeatable(source), 0);
  }

  const readEvents = () => (existsSync(eventsFile) ? readFileSync(eventsFile, "utf8").split("\n").filter(Boolean) : []);

  /** One life without a kill, long enough for a delivery to be accepted, every history to be read and every source to be polled, and a graceful end. */
  async function liveQuietly(): Promise<void> {
    const service: ServiceProcess = await startService(environment("", 0));
    if (service.url === null) throw new Error(`The service did not start again. ${service.complaints()}`);
    const deadline = Date.now() + 60_000;
    const acceptedBefore = deliveriesAccepted;
    const [person, { secret }] = [...people].findLast((each) => each[1].secret !== null) ?? ["", { secret: null }];
    while (Date.now() < deadline) {
      if (secret !== null && deliveriesAccepted === acceptedBefore) await deliver(service.url, person, secret);
      else if ((await isServed(service.url, person)) && (await isCaughtUp(service.url))) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    service.signal("SIGTERM");
    const how = await service.ended;
    if (how !== "0") throw new Error(`The graceful end was ${how}. ${service.complaints()}`);
  }

  /** Whether all that was accepted of somebody is there for whoever asks. */
  async function isServed(url: string, person: string): Promise<boolean> {
    const due = [...delivered(person).accepted.keys()].map((at) => formatInstant(at as Instant));
    if (due.length === 0) return true;
    const answer = await fetch(`${url}/api/bg/${person}?from=${due.toSorted()[0]}&view=all`);
    const there = new Set(((await answer.json()) as readonly { readonly timestamp: string }[]).map(({ timestamp }) => timestamp));
    return due.every((timestamp) => there.has(timestamp));
  }

  async function isCaughtUp(url: string): Promise<boolean> {
    for (const person of people.keys()) {
      const overview = (await (await fetch(`${url}/api/connections/${person}`)).json()) as { connections: readonly { state: string }[] };
      if (!overview.connections.every(({ state }) => state === "healthy")) return false;
    }
    return true;
  }

  async function report(): Promise<KillReport> {
    const sources = await under.readStore();
    const published = new Set(readEvents());
    const living = sources.filter(({ record }) => record.phase !== "erased" && !leaving.has(record.userId));
    const findings = living
      .filter(({ record }) => record.phase === "connected")
      .map((source) => compare(world, delivered(source.record.userId), source));
    return {
      kills,
      people: people.size,
      readings: findings.reduce((sum, { count }) => sum + count, 0),
      deliveriesAccepted,
      lost: findings.flatMap(({ lost }) => lost),
      wrong: findings.flatMap(({ wrong }) => wrong),
      unpublished: living.flatMap(eventIdsOf).filter((id) => !published.has(id)),
      tooManyRepeats,
      erased: gone.size,
      cameBack: [...gone].filter((person) => living.some(({ record }) => record.userId === person)),
      repeats,
      events: published.size,
    };
  }

  return { killOnce, liveQuietly, report, close: () => under.close() };
}

/** What the source has, from the history on up to what the last polls saw, and what was delivered, beside what is stored. */
function compare(world: MockWorld, { sent, accepted }: Delivered, { record, logs }: StoredSource) {
  const stored = new Map<number, number>();
  for (const log of logs)
    for (const i of currentVersions(log.columns)) stored.set(instantAt(log.columns, i, log.day), log.columns.mgdl[i] as number);
  const newest = Math.max(...stored.keys());
  const span: Span = { from: (record.connectedAt - (HISTORY_DAYS - 1) * 86_400) as Instant, to: (newest + 1) as Instant };
  const polled = new Map(world.records(record.userId, span).map(({ at, value }) => [at, Math.round(value as number)]));
  const due = new Map([...polled, ...accepted]);
  const possible = new Map([...polled, ...sent]);
  return {
    count: stored.size,
    lost: [...due.keys()].filter((at) => !stored.has(at)).map((at) => `${record.userId} ${at}`),
    wrong: [...stored]
      .filter(([at, mgdl]) => at >= span.from && possible.get(at) !== mgdl)
      .map(([at, mgdl]) => `${record.userId} ${at}: ${mgdl} instead of ${possible.get(at)}`),
  };
}

/** `null` if the service died meanwhile. */
async function send(
  method: string,
  url: string,
  body: string | Uint8Array<ArrayBuffer> | null = null,
  headers: Record<string, string> = {},
) {
  try {
    const answer = await fetch(url, { method, body, headers, signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return null;
  }
}
