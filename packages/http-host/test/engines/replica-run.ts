import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { currentVersions, type Instant, instantAt } from "@bg-ingest/core";
import { createMockWorld } from "@bg-ingest/provider-mock";
import { createFastTime } from "../fast-time.ts";
import { type ServiceProcess, startService } from "../kill/service-process.ts";
import { type Delivered, signedDelivery } from "../kill/signed-delivery.ts";
import { eventIdsOf, type StoredSource } from "../kill/stored-days.ts";
import type { EnginesUnderTest, OpenEngines } from "./engines-under-test.ts";
import { startVendor, type VendorServer } from "./vendor-server.ts";

export interface ReplicaRunOptions {
  readonly open: OpenEngines;
  readonly replicas: number;
  readonly people: number;
  readonly seconds: number;
  /** One is ended so often, the one that has lived longest, and another begun in its place; `null`: none. */
  readonly endEverySeconds: number | null;
  /** How: killed, or told to stop. */
  readonly signal: "SIGKILL" | "SIGTERM";
  readonly seed: string;
}

export interface ReplicaReport {
  readonly readings: number;
  readonly deliveriesAccepted: number;
  /** How each one ended that was ended. */
  readonly ends: readonly string[];
  /** Of those, how many stood in the register still when they had ended: until they are out, what was theirs is nobody's. */
  readonly leftInRegister: number;
  /** Readings that the vendor has shown, or that a delivery brought that was accepted, and the store has not. */
  readonly lost: readonly string[];
  /** Readings that the store has and nobody gave, or has otherwise. */
  readonly wrong: readonly string[];
  readonly unpublished: readonly string[];
  /** How often the vendor was asked for readings, and in how many seconds. */
  readonly calls: number;
  readonly seconds: number;
  /** From each end until the dead one was out of the register, in heartbeats. */
  readonly takeovers: readonly number[];
}

/** A simulated minute in a second: everybody is polled every five seconds. */
const SPEED = 60;
const POLL_SECONDS = 300;
const HEARTBEAT_MS = 1_000;
const HISTORY_DAYS = 2;
const DELIVER_EVERY_MS = 400;
const CAUGHT_UP_WITHIN_MS = 120_000;
const SERVICE = new URL("./replica-service.ts", import.meta.url);

export async function runReplicas(options: ReplicaRunOptions): Promise<ReplicaReport> {
  const zeros = { simulatedZeroMs: Date.UTC(2026, 2, 1, 6), realZeroMs: Date.now(), speed: SPEED };
  const time = createFastTime(zeros);
  const under = await options.open(time.nowMs);
  const world = createMockWorld({ clock: time, seed: options.seed, historyDays: HISTORY_DAYS });
  const vendor = await startVendor(world);
  const eventsFile = join(mkdtempSync(join(tmpdir(), "bg-replicas-")), "events.txt");
  const living: Replica[] = [];
  const secrets = new Map<string, string>();
  const deliveries = new Map<string, Delivered>();
  const takeovers: number[] = [];
  let accepted = 0;
  const ends: string[] = [];
  let leftInRegister = 0;

  const environment = {
    ...under.environment,
    PORT: "0",
    DEMO: "off",
    LOG_LEVEL: "silent",
    POLL_INTERVAL_SECONDS: String(POLL_SECONDS),
    PROVIDER_DEADLINE_SECONDS: "300",
    SHUTDOWN_GRACE_SECONDS: "600",
    VENDOR_URL: vendor.url,
    EVENTS_FILE: eventsFile,
    SIMULATED_ZERO_MS: String(zeros.simulatedZeroMs),
    REAL_ZERO_MS: String(zeros.realZeroMs),
    SPEED: String(SPEED),
  };

  async function beginOne(): Promise<void> {
    const before = new Set(await under.replicas());
    const service = await startService(environment, SERVICE);
    if (service.url === null) throw new Error(`A replica did not start: ${service.complaints()}`);
    let name: string | undefined;
    if (options.replicas > 1) for (; name === undefined; await sleep(50)) name = (await under.replicas()).find((each) => !before.has(each));
    living.push({ service, url: service.url, name: name ?? "alone" });
  }

  async function endOldest(): Promise<void> {
    const oldest = living.shift();
    if (oldest === undefined) return;
    oldest.service.signal(options.signal);
    ends.push(await oldest.service.ended);
    const endedMs = performance.now();
    if ((await under.replicas()).includes(oldest.name)) leftInRegister++;
    const begun = beginOne();
    while ((await under.replicas()).includes(oldest.name)) await sleep(25);
    takeovers.push((performance.now() - endedMs) / HEARTBEAT_MS);
    await begun;
  }

  const someUrl = (n: number) => (living[n % living.length] as Replica).url;

  async function connectAll(): Promise<void> {
    for (let n = 0; n < options.people; n++) {
      const person = `person-${n}`;
      const body = JSON.stringify({ user: person });
      const answer = await fetch(`${someUrl(n)}/api/connections/${person}/mock`, { method: "POST", body, headers: JSON_TYPE });
      if (answer.status !== 201) throw new Error(`Connecting answered ${answer.status}: ${await answer.text()}`);
      secrets.set(person, ((await answer.json()) as { webhook: { secret: string } }).webhook.secret);
      deliveries.set(person, { sent: new Map(), accepted: new Map() });
    }
  }

  /** Deliveries bring what no poll ever brings, to whichever replica; one that dies meanwhile has not accepted. */
  async function deliver(n: number): Promise<void> {
    const person = `person-${n % options.people}`;
    const of = deliveries.get(person) as Delivered;
    const { body, headers, readings } = await signedDelivery(world, person, secrets.get(person) ?? "", Math.floor(time.nowMs() / 1000));
    for (const [at, value] of readings) of.sent.set(at, value);
    const signal = AbortSignal.timeout(10_000);
    const status = await fetch(`${someUrl(n)}/api/bg/${person}/webhook`, { method: "POST", body, headers, signal }).then(
      (answer) => answer.status,
      () => null,
    );
    if (status !== 202) return;
    accepted++;
    for (const [at, value] of readings) of.accepted.set(at, value);
  }

  async function liveOn(untilMs: number): Promise<void> {
    const everyMs = (options.endEverySeconds ?? Number.POSITIVE_INFINITY) * 1000;
    let endAtMs = performance.now() + everyMs;
    let ending: Promise<void> = Promise.resolve();
    for (let n = 0; performance.now() < untilMs; n++) {
      if (performance.now() >= endAtMs) {
        await ending;
        ending = endOldest();
        endAtMs += everyMs;
      }
      await deliver(n);
      await sleep(DELIVER_EVERY_MS);
    }
    await ending;
  }

  /** Everybody has what was measured up to now. */
  async function untilCaughtUp(): Promise<void> {
    const since = Math.floor(time.nowMs() / 1000) as Instant;
    const untilMs = performance.now() + CAUGHT_UP_WITHIN_MS;
    for (let n = 0; n < options.people; n++) {
      while (!(await isCaughtUp(`person-${n}`, since))) {
        if (performance.now() > untilMs) throw new Error(`person-${n} did not catch up.`);
        await sleep(200);
      }
    }
  }

  async function isCaughtUp(person: string, since: Instant): Promise<boolean> {
    const answer = await fetch(`${someUrl(0)}/api/connections/${person}`);
    const { connections } = (await answer.json()) as { connections: readonly { state: string; last_success_at: string | null }[] };
    const due = world.records(person, { from: (since - 3_600) as Instant, to: since }).at(-1)?.at ?? 0;
    const latest = (await (await fetch(`${someUrl(0)}/api/bg/${person}/latest`)).json()) as { timestamp: string };
    return connections[0]?.state === "healthy" && Date.parse(latest.timestamp) / 1000 >= due;
  }

  try {
    await Promise.all(Array.from({ length: options.replicas === 1 ? 1 : 0 }, beginOne));
    while (living.length < options.replicas) await beginOne();
    const beganMs = performance.now();
    await connectAll();
    await liveOn(performance.now() + options.seconds * 1000);
    const asked = { calls: vendor.calls(), seconds: (performance.now() - beganMs) / 1000 };
    await untilCaughtUp();
    for (const { service } of living) service.signal("SIGTERM");
    for (const { service } of living) await service.ended;
    return { ...(await compare(under)), ...asked, ends, leftInRegister, takeovers, deliveriesAccepted: accepted };
  } finally {
    for (const { service } of living) service.signal("SIGKILL");
    await end(under, vendor);
  }

  async function compare({ readStore, readEvents }: EnginesUnderTest) {
    const sources = await readStore();
    const published = new Set([...idsIn(eventsFile), ...((await readEvents()) ?? [])]);
    const findings = sources.map((source) => findingsOf(source, deliveries.get(source.record.userId)));
    return {
      readings: findings.reduce((sum, { count }) => sum + count, 0),
      lost: findings.flatMap(({ lost }) => lost),
      wrong: findings.flatMap(({ wrong }) => wrong),
      unpublished: sources.flatMap(eventIdsOf).filter((id) => !published.has(id)),
    };
  }

  function findingsOf({ record, logs }: StoredSource, delivered: Delivered | undefined) {
    const stored = new Map<number, number>();
    for (const log of logs)
      for (const i of currentVersions(log.columns)) stored.set(instantAt(log.columns, i, log.day), log.columns.mgdl[i] as number);
    const from = (record.connectedAt - (HISTORY_DAYS - 1) * 86_400) as Instant;
    const to = (Math.max(...stored.keys()) + 1) as Instant;
    const shown = new Map(world.records(record.userId, { from, to }).map(({ at, value }) => [at as number, Math.round(value as number)]));
    const due = new Map([...shown, ...(delivered?.accepted ?? [])]);
    const possible = new Map([...shown, ...(delivered?.sent ?? [])]);
    return {
      count: stored.size,
      lost: [...due.keys()].filter((at) => !stored.has(at)).map((at) => `${record.userId} ${at}`),
      wrong: [...stored].filter(([at, mgdl]) => at >= from && possible.get(at) !== mgdl).map(([at]) => `${record.userId} ${at}`),
    };
  }
}

interface Replica {
  readonly service: ServiceProcess;
  readonly url: string;
  /** Its name in the register. */
  readonly name: string;
}

const JSON_TYPE = { "content-type": "application/json" };

async function end(under: EnginesUnderTest, vendor: VendorServer): Promise<void> {
  await vendor.close();
  await under.close();
}

function idsIn(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}
