import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  connectSource,
  createIngest,
  type Day,
  dayOf,
  formatDay,
  type Instant,
  type Logger,
  type SourceId,
  type SourceRecord,
  type UserId,
} from "@bg-ingest/core";
import {
  createManualTime,
  createMemoryConnectionStore,
  createMemoryDeliveryIds,
  createMemoryReadingStore,
  createProviderWorld,
  memoryVault,
} from "@bg-ingest/core/testing";
import { ok } from "neverthrow";
import { onTestFinished } from "vitest";
import { createRabbitMqBus } from "../src/index.ts";
import { ownNamespace, through } from "./broker.ts";
import { readEventLog } from "./event-log.ts";
import { calm } from "./samples.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** An owner that polls ten people and tells of them over RabbitMQ, in a time that passes when it is told to. */
export interface Tellers {
  readonly proxy: TcpProxy;
  /** Tends everybody and tells what is to be told, over and over for so long. */
  live(seconds: number): Promise<void>;
  /** Whether events wait that are not told. */
  isWaiting(): boolean;
  /** The owner dies, and another takes over. */
  die(): void;
  /** The ids of all commits. */
  stored(): Promise<readonly string[]>;
  /** The ids that stand in the broker's log, in order, repeats included. */
  told(): Promise<readonly string[]>;
  /** Tends and tells until nothing waits any more; answers after how many seconds, or throws after a minute. */
  drain(): Promise<number>;
}

const PEOPLE = Array.from({ length: 10 }, (_, n) => `person-${n}` as UserId);
export const PEOPLE_COUNT = PEOPLE.length;
const POLL_SECONDS = 1_800;
const CADENCE_SECONDS = 300;
const DRAINED_WITHIN_SECONDS = 60;
/** Of the machine's, for each second of a drain: what breaks is rested for half a second of the machine's. */
const SECOND_MS = 50;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export async function startTellers(url: string): Promise<Tellers> {
  const namespace = ownNamespace(url, 0);
  const proxy = await startTcpProxy(url);
  const time = createManualTime(Date.UTC(2026, 2, 1, 9));
  const now = () => Math.floor(time.nowMs() / 1000) as Instant;
  const place = { url: through(proxy.port, url), namespace, deadlineMs: 2_000 };
  const rabbit = createRabbitMqBus(place, { deliveryIds: createMemoryDeliveryIds(time) })._unsafeUnwrap();
  onTestFinished(async () => {
    proxy.refuse(true);
    proxy.drop();
    await rabbit.close();
    await proxy.close();
  });

  const world = createProviderWorld({ clock: time });
  let measuredUntil: number = now();
  /** Sensors never end, however long an owner lives. */
  const measure = (): void => {
    for (; measuredUntil <= now(); measuredUntil += CADENCE_SECONDS)
      for (const user of PEOPLE) world.account(user).measure({ at: measuredUntil as Instant, mgdl: 80 + (measuredUntil % 97) });
  };
  measure();

  const readings = createMemoryReadingStore();
  const connections = createMemoryConnectionStore();
  const common = { connections, vault: memoryVault, clock: time, checkpoint: () => undefined };
  let replicas = 0;
  const newOwner = () =>
    createIngest({
      ...common,
      replica: `replica-${++replicas}`,
      authorizations: { eraseUser: async () => ok(undefined) },
      readings,
      bus: rabbit.bus,
      queue: { eraseSource: async () => ok(undefined) },
      budget: { take: async () => ({ kind: "granted" }) },
      providers: new Map([[world.loaded.name, world.loaded]]),
      chance: () => 0.5,
      digest: (text) => createHash("sha256").update(text).digest("hex"),
      logger: silent,
      settings: { pollIntervalSeconds: POLL_SECONDS, backoff: { firstSeconds: 10, longestSeconds: 900 } },
    });
  let sources = 0;
  let connects = 0;
  const connect = {
    ...common,
    newSourceId: () => `source${String(++sources).padStart(6, "0")}` as SourceId,
    newConnectId: () => `connect-${++connects}`,
    newWebhookSecret: () => "whsec_outage",
    backfillSeconds: CADENCE_SECONDS,
  };
  const records: SourceRecord[] = [];
  for (const user of PEOPLE)
    records.push((await connectSource(connect, user, world.loaded, world.grantOf(user), calm))._unsafeUnwrap().record);
  const firstDay = dayOf(now()) - 1;
  let ingest = newOwner();

  async function step(seconds: number): Promise<void> {
    time.pass(seconds * 1_000);
    measure();
    for (const record of records) await ingest.tend(record, "history", calm);
    (await ingest.drain(calm))._unsafeUnwrap();
  }

  return {
    proxy,
    async live(seconds) {
      for (let passed = 0; passed < seconds; passed += POLL_SECONDS) await step(POLL_SECONDS);
    },
    isWaiting: () => ingest.isWaiting(),
    die: () => {
      ingest = newOwner();
    },
    async stored() {
      const ids: string[] = [];
      for (const { userId, sourceId } of records)
        for (let day = firstDay; day <= dayOf(now()); day++) {
          const [found] = (await readings.getDays([{ userId, sourceId, day: day as Day }], calm))._unsafeUnwrap();
          for (let version = 1; version <= (found?.version ?? 0); version++) ids.push(`${sourceId}/${formatDay(day as Day)}/${version}`);
        }
      return ids;
    },
    async told() {
      const events = await readEventLog(url, namespace);
      return events.filter(({ type }) => type === "bg.readings.recorded.v1").map(({ id }) => id);
    },
    async drain() {
      for (let seconds = 1; seconds <= DRAINED_WITHIN_SECONDS; seconds++) {
        await step(1);
        if (!ingest.isWaiting()) return seconds;
        await sleep(SECOND_MS);
      }
      throw new Error(`Events wait ${DRAINED_WITHIN_SECONDS} s after everything was well again.`);
    },
  };
}

/** Days of which the versions were not told in order for the first time. */
export function outOfOrder(told: readonly string[]): readonly string[] {
  const days = Map.groupBy(told, (id) => id.slice(0, id.lastIndexOf("/")));
  return [...days].flatMap(([day, ids]) => {
    const versions = [...new Set(ids.map((id) => Number(id.split("/")[2])))];
    return versions.every((version, n) => n === 0 || version > (versions[n - 1] as number)) ? [] : [day];
  });
}
