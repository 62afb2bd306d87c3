import { createHash } from "node:crypto";
import {
  type BgEvent,
  connectSource,
  createIngest,
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
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createRabbitMqBus } from "../src/index.ts";
import { findBroker, ownNamespace, type TestBroker, through } from "./broker.ts";
import { readEventLog } from "./event-log.ts";
import { calm } from "./samples.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const PEOPLE = Array.from({ length: 10 }, (_, n) => `person-${n}` as UserId);
const POLL_SECONDS = 1_800;
const CADENCE_SECONDS = 300;
const DAY_SECONDS = 86_400;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

describe.skipIf(broker === null)("a broker that is away for days", () => {
  const { url, port } = broker as TestBroker;

  it("loses no event, an owner that dies meanwhile included; the backlog is told within a minute, and in no more than half as many messages again", async () => {
    const namespace = ownNamespace(url, 0);
    const proxy = await startTcpProxy(port);
    const time = createManualTime(Date.UTC(2026, 2, 1, 9));
    const now = () => Math.floor(time.nowMs() / 1000) as Instant;
    const rabbit = createRabbitMqBus({ url: through(proxy.port, url), namespace }, { deliveryIds: createMemoryDeliveryIds(time) });
    onTestFinished(async () => {
      await rabbit._unsafeUnwrap().close();
      await proxy.close();
    });

    const world = createProviderWorld({ clock: time });
    for (const user of PEOPLE)
      for (let at = now() as number; at < now() + 4 * DAY_SECONDS; at += CADENCE_SECONDS)
        world.account(user).measure({ at: at as Instant, mgdl: 80 + (at % 97) });

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
        bus: rabbit._unsafeUnwrap().bus,
        queue: { eraseSource: async () => ok(undefined) },
        budget: { take: async () => ({ kind: "granted" }) },
        providers: new Map([[world.loaded.name, world.loaded]]),
        chance: () => 0.5,
        digest: (text) => createHash("sha256").update(text).digest("hex"),
        logger: silent,
        settings: { pollIntervalSeconds: POLL_SECONDS, backoff: { firstSeconds: 10, longestSeconds: 900 } },
      });
    let sources = 0;
    const connect = {
      ...common,
      newSourceId: () => `source${String(++sources).padStart(6, "0")}` as SourceId,
      newWebhookSecret: () => "whsec_outage",
      backfillSeconds: CADENCE_SECONDS,
    };
    const records: SourceRecord[] = [];
    for (const user of PEOPLE)
      records.push((await connectSource(connect, user, world.loaded, world.grantOf(user), calm))._unsafeUnwrap().record);

    let ingest = newOwner();
    const live = async (seconds: number, stepSeconds: number): Promise<void> => {
      for (let passed = 0; passed < seconds; passed += stepSeconds) {
        time.pass(stepSeconds * 1_000);
        for (const record of records) await ingest.tend(record, "history", calm);
        expect((await ingest.drain(calm)).isOk()).toBe(true);
      }
    };
    const told = async () => idsOf(await readEventLog(url, namespace));
    const stored = async () => {
      const ids: string[] = [];
      for (const { userId, sourceId } of records)
        for (let day = dayOf(records[0]?.connectedAt ?? now()) - 1; day <= dayOf(now()); day++) {
          const [found] = (await readings.getDays([{ userId, sourceId, day: day as ReturnType<typeof dayOf> }], calm))._unsafeUnwrap();
          for (let version = 1; version <= (found?.version ?? 0); version++)
            ids.push(`${sourceId}/${formatDay(day as ReturnType<typeof dayOf>)}/${version}`);
        }
      return ids;
    };

    await live(2 * 3_600, POLL_SECONDS);
    expect(ingest.isWaiting()).toBe(false);
    const before = (await told()).length;

    proxy.refuse(true);
    proxy.drop();
    await live(2 * DAY_SECONDS, POLL_SECONDS);
    expect(ingest.isWaiting()).toBe(true);
    expect((await told()).length).toBe(before);
    const backlog = (await stored()).length - new Set(await told()).size;
    expect(backlog).toBeGreaterThan(90 * PEOPLE.length);

    ingest = newOwner();
    proxy.refuse(false);
    await live(60, 5);
    expect(ingest.isWaiting()).toBe(false);
    const all = await told();
    const there = new Set(all);
    expect((await stored()).filter((id) => !there.has(id))).toEqual([]);
    expect(all.length - before).toBeLessThanOrEqual(1.5 * backlog);
    for (const ids of Map.groupBy(all, (id) => id.slice(0, id.lastIndexOf("/"))).values()) {
      const versions = [...new Set(ids.map((id) => Number(id.split("/")[2])))];
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    }
  });
});

/** Of readings alone. */
function idsOf(events: readonly BgEvent[]): string[] {
  return events.filter(({ type }) => type === "bg.readings.recorded.v1").map(({ id }) => id);
}
