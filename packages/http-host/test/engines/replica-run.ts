import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { currentVersions, type Instant, instantAt } from "@bg-ingest/core";
import { createMockWorld } from "@bg-ingest/provider-mock";
import { type Delivered, signedDelivery } from "../kill/signed-delivery.ts";
import { eventIdsOf, type StoredSource } from "../kill/stored-days.ts";
import type { OpenEngines } from "./engines-under-test.ts";
import { type Ending, openFleet } from "./replica-fleet.ts";
import { startVendor } from "./vendor-server.ts";

export interface ReplicaRunOptions extends Ending {
  readonly open: OpenEngines;
  readonly replicas: number;
  readonly people: number;
  readonly seconds: number;
  readonly seed: string;
  /** What befalls the replicas after `seconds`, until they are caught up with it; then all is worked on and told. */
  readonly trouble?: (run: TroubledRun) => Promise<void>;
}

export interface TroubledRun {
  readonly url: string;
  readonly people: readonly string[];
  /** Sends a delivery of one person; `null` if it got no answer. */
  deliver(n: number): Promise<Response | null>;
  /** Resolves once polls have brought what was measured up to now. */
  caughtUp(): Promise<void>;
  /** Whether the vendor shows nothing of what is measured from now on. */
  freezeVendor(isFrozen: boolean): void;
}

export interface ReplicaReport {
  readonly readings: number;
  readonly deliveriesAccepted: number;
  /** How each one ended that was ended. */
  readonly ends: readonly string[];
  /** Of those, how many stood in the register still when they had ended: until they are out, what was theirs is nobody's. */
  readonly leftInRegister: number;
  /** Readings that the vendor has shown, or that a delivery brought that was accepted, and the store has not; people of whom it has nothing. */
  readonly lost: readonly string[];
  /** Readings that the store has and nobody gave, or has otherwise. */
  readonly wrong: readonly string[];
  readonly unpublished: readonly string[];
  /** How often the vendor was asked for readings, and in how many seconds. */
  readonly calls: number;
  readonly seconds: number;
  /** From each end until the dead one was out of the register, in heartbeats. */
  readonly takeovers: readonly number[];
  /** When nothing waited any more, by `performance.now()`. */
  readonly caughtUpAtMs: number;
}

const POLL_SECONDS = 300;
const HISTORY_DAYS = 2;
const DELIVER_EVERY_MS = 400;
const CAUGHT_UP_WITHIN_MS = 120_000;
/** Seldom: each time costs calls to the store. */
const ASK_EVERY_MS = 1_000;
/** Longer than the service takes for any answer. */
const ANSWERED_WITHIN_MS = 60_000;
const SERVICE = new URL("./replica-service.ts", import.meta.url);

export async function runReplicas(options: ReplicaRunOptions): Promise<ReplicaReport> {
  const fleet = await openFleet(options.open, SERVICE);
  const { time, under, someUrl } = fleet;
  let frozenAtMs: number | null = null;
  const vendorTime = { nowMs: () => frozenAtMs ?? time.nowMs(), monotonicMs: () => time.monotonicMs() };
  const world = createMockWorld({ clock: vendorTime, seed: options.seed, historyDays: HISTORY_DAYS });
  const vendor = await startVendor(world);
  const eventsFile = join(mkdtempSync(join(tmpdir(), "bg-replicas-")), "events.txt");
  const people = Array.from({ length: options.people }, (_, n) => `person-${n}`);
  const secrets = new Map<string, string>();
  const deliveries = new Map<string, Delivered>();
  let accepted = 0;
  /** What a delivery brings later says nothing of polls. */
  let polledUntil: number = Number.POSITIVE_INFINITY;

  async function connectAll(): Promise<void> {
    for (const [n, person] of people.entries()) {
      const body = JSON.stringify({ user: person });
      const answer = await fetch(`${someUrl(n)}/api/connections/${person}/mock`, { method: "POST", body, headers: JSON_TYPE });
      if (answer.status !== 201) throw new Error(`Connecting answered ${answer.status}: ${await answer.text()}`);
      secrets.set(person, ((await answer.json()) as { webhook: { secret: string } }).webhook.secret);
      deliveries.set(person, { sent: new Map(), accepted: new Map() });
    }
  }

  /** Deliveries bring what no poll ever brings, to whichever replica; one that dies meanwhile has not accepted. */
  async function deliver(n: number, withinMs: number): Promise<Response | null> {
    const person = people[n % people.length] as string;
    const of = deliveries.get(person) as Delivered;
    const { body, headers, readings } = await signedDelivery(world, person, secrets.get(person) ?? "", Math.floor(time.nowMs() / 1000));
    for (const [at, value] of readings) of.sent.set(at, value);
    const signal = AbortSignal.timeout(withinMs);
    const answer = await fetch(`${someUrl(n)}/api/bg/${person}/webhook`, { method: "POST", body, headers, signal }).catch(() => null);
    if (answer?.status === 202) {
      accepted++;
      for (const [at, value] of readings) of.accepted.set(at, value);
    }
    return answer;
  }

  async function deliverNow(n: number): Promise<void> {
    await deliver(n, 10_000);
    await sleep(DELIVER_EVERY_MS);
  }

  /** No delivery waits to be worked on, and no event to be told. */
  async function untilDrained(): Promise<void> {
    const untilMs = performance.now() + CAUGHT_UP_WITHIN_MS;
    for (let metrics = ""; !DRAINED.every((line) => line.test(metrics)); await sleep(100)) {
      if (performance.now() > untilMs) throw new Error(`Something waits still: ${metrics}`);
      metrics = await (await fetch(`${someUrl(0)}/metrics`)).text();
    }
  }

  /** Everybody has what was measured up to now. */
  async function untilCaughtUp(): Promise<Instant> {
    const since = Math.floor(time.nowMs() / 1000) as Instant;
    const untilMs = performance.now() + CAUGHT_UP_WITHIN_MS;
    for (const person of people) {
      while (!(await isCaughtUp(person, since))) {
        if (performance.now() > untilMs) throw new Error(`${person} did not catch up.`);
        await sleep(ASK_EVERY_MS);
      }
    }
    return since;
  }

  async function isCaughtUp(person: string, since: Instant): Promise<boolean> {
    const answer = await fetch(`${someUrl(0)}/api/connections/${person}`);
    const { connections } = (await answer.json()) as { connections: readonly { state: string; last_success_at: string | null }[] };
    const due = world.records(person, { from: (since - 3_600) as Instant, to: since }).at(-1)?.at ?? 0;
    const latest = (await (await fetch(`${someUrl(0)}/api/bg/${person}/latest`)).json()) as { timestamp: string };
    return connections[0]?.state === "healthy" && Date.parse(latest.timestamp) / 1000 >= due;
  }

  try {
    await fleet.begin(options.replicas, {
      POLL_INTERVAL_SECONDS: String(POLL_SECONDS),
      PROVIDER_DEADLINE_SECONDS: "300",
      VENDOR_URL: vendor.url,
      EVENTS_FILE: eventsFile,
    });
    const beganMs = performance.now();
    await connectAll();
    await fleet.liveOn(performance.now() + options.seconds * 1000, options, deliverNow);
    const asked = { calls: vendor.calls(), seconds: (performance.now() - beganMs) / 1000 };
    if (options.trouble === undefined) await untilCaughtUp();
    else {
      await options.trouble({
        url: someUrl(0),
        people,
        deliver: (n) => deliver(n, ANSWERED_WITHIN_MS),
        caughtUp: async () => {
          polledUntil = await untilCaughtUp();
        },
        freezeVendor: (isFrozen) => {
          frozenAtMs = isFrozen ? time.nowMs() : null;
        },
      });
      await untilDrained();
    }
    const caughtUpAtMs = performance.now();
    await fleet.stop();
    const { ends, takeovers } = fleet;
    return {
      ...(await compare()),
      ...asked,
      ends,
      leftInRegister: fleet.leftInRegister(),
      takeovers,
      deliveriesAccepted: accepted,
      caughtUpAtMs,
    };
  } finally {
    await vendor.close();
    await fleet.close();
  }

  async function compare() {
    const sources = await under.readStore();
    const published = new Set((await under.readEvents()) ?? idsIn(eventsFile));
    const findings = sources.map((source) => findingsOf(source, deliveries.get(source.record.userId)));
    const missing = people.filter((person) => !sources.some(({ record, logs }) => record.userId === person && logs.length > 0));
    return {
      readings: findings.reduce((sum, { count }) => sum + count, 0),
      lost: [...missing, ...findings.flatMap(({ lost }) => lost)],
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
    const due = new Map([...[...shown].filter(([at]) => at <= polledUntil), ...(delivered?.accepted ?? [])]);
    const possible = new Map([...shown, ...(delivered?.sent ?? [])]);
    return {
      count: stored.size,
      lost: [...due.keys()].filter((at) => !stored.has(at)).map((at) => `${record.userId} ${at}`),
      wrong: [...stored].filter(([at, mgdl]) => at >= from && possible.get(at) !== mgdl).map(([at]) => `${record.userId} ${at}`),
    };
  }
}

const DRAINED = [
  /^bg_deliveries_waiting 0$/m,
  /^bg_deliveries_set_apart 0$/m,
  /^bg_outbox\{of="days"\} 0$/m,
  /^bg_outbox\{of="states"\} 0$/m,
];
const JSON_TYPE = { "content-type": "application/json" };

function idsIn(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}
