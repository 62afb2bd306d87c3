import {
  type Cluster,
  type ConnectionStore,
  createIngest,
  createSubscriptions,
  type Ingest,
  type LoadedProvider,
  type SourceId,
  type StoreError,
  TRUSTED,
  type UserId,
} from "@bg-ingest/core";
import {
  createManualTime,
  createMemoryApiKeyStore,
  createMemoryAuthorizationStore,
  createMemoryConnectionStore,
  createMemoryReadingStore,
  createMemoryWorkQueue,
  createProviderWorld,
  memoryVault,
} from "@bg-ingest/core/testing";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { createInProcessBus } from "../bus/in-process-bus.ts";
import { soleReplica } from "../cluster/sole-replica.ts";
import { digest } from "../composition/digest.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import { createConnections } from "./connections.ts";

const anna = "anna" as UserId;
const calm = { signal: new AbortController().signal, caller: TRUSTED };
const AWAY: StoreError = { kind: "retry", message: "The store is away." };

/** What the store does not do while it is named here. */
type Failing = "deletes_secrets" | "erases" | "answers_records_written" | "entombs_second";

/** Somebody connected by two providers of vendors that can be told to call no more, and a store that fails where it is told to. */
async function stage({ isForeign = false } = {}) {
  const time = createManualTime(1_745_677_800_000);
  const failing = new Set<Failing>();
  const stored = createMemoryConnectionStore();
  const connections = faulty(stored, failing);
  const told: string[] = [];
  const events: string[] = [];
  const world = createProviderWorld({ clock: time });
  const loaded = ["first", "second"].map((name) => callable(world.loaded, name, told));
  const providers = new Map(loaded.map((each) => [each.name, each]));
  const budget = { take: async () => ({ kind: "granted" }) as const };
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const authorizations = createMemoryAuthorizationStore();
  const readings = createMemoryReadingStore();
  const shared = { connections, readings, vault: memoryVault, providers, clock: time, budget, logger, checkpoint: () => {}, digest };
  const bus = createInProcessBus();
  bus.subscribe((event) => {
    if (event.type === "bg.connection.changed.v1") events.push(event.data.state);
  });
  const ingest = createIngest({
    ...shared,
    replica: "one",
    authorizations,
    bus,
    queue: createMemoryWorkQueue(time),
    chance: () => 0.5,
    settings: { pollIntervalSeconds: 300, backoff: { firstSeconds: 1, longestSeconds: 60 } },
  });
  const woken: SourceId[] = [];
  const timers = { after: time.after, soon: (work: () => void) => void setImmediate(work) };
  const cluster: Cluster = { ...soleReplica, ownershipOf: () => (isForeign ? "foreign" : "own") };
  const limits = { livePolls: 4, backfills: 1, tendSeconds: 600, lookSeconds: 300 };
  const scheduler = createScheduler({ ...shared, ingest, cluster, timers, limits });
  let sources = 0;
  let connects = 0;
  const use = createConnections({
    connect: {
      ...shared,
      authorizations,
      newState: () => "state",
      newSourceId: () => `source${String(++sources).padStart(7, "0")}` as SourceId,
      newConnectId: () => `connect-${++connects}`,
      newWebhookSecret: () => "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0",
      backfillSeconds: null,
    },
    overview: { ...shared, pollIntervalSeconds: 300 },
    store: connections,
    apiKeys: createMemoryApiKeyStore(),
    subscriptions: createSubscriptions({
      ...shared,
      delay: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      callbackUrl: ({ provider }) => new URL(`https://bg.example.org/${provider}`),
    }),
    ingest,
    scheduler: { wake: ({ sourceId }) => void woken.push(sourceId), recheck: scheduler.recheck },
    clock: time,
  });
  for (const provider of loaded) (await use.connect(anna, provider, { account: "anna", password: "anna" }, calm))._unsafeUnwrap();
  const [first] = loaded;
  if (first === undefined) throw new Error("no provider");
  const tend = async () => {
    for (const record of (await stored.recordsOf(anna, calm))._unsafeUnwrap()) await ingest.tend(record, "history", calm);
    return world.asked.length;
  };
  await tend();
  woken.length = 0;
  events.length = 0;
  return { failing, stored, told, events, woken, use, name: first.name, time, tend, ingest, world };
}

function callable(loaded: LoadedProvider, name: string, told: string[]): LoadedProvider {
  const { webhook } = loaded.provider;
  if (webhook === undefined) throw new Error("takes no deliveries");
  const unsubscribe = async () => {
    told.push(name);
    return ok(undefined);
  };
  return { ...loaded, name: name as LoadedProvider["name"], provider: { ...loaded.provider, webhook: { ...webhook, unsubscribe } } };
}

function faulty(stored: ConnectionStore, failing: ReadonlySet<Failing>): ConnectionStore {
  return {
    ...stored,
    replaceSecrets: async (source, secrets, call) =>
      secrets.sealed === null && failing.has("deletes_secrets") ? err(AWAY) : stored.replaceSecrets(source, secrets, call),
    eraseSource: async (source, call) => (failing.has("erases") ? err(AWAY) : stored.eraseSource(source, call)),
    async replaceRecord(record, expectedVersion, call) {
      if (failing.has("entombs_second") && record.provider === "second" && record.phase === "erased") return err(AWAY);
      const written = await stored.replaceRecord(record, expectedVersion, call);
      return failing.has("answers_records_written") ? err(AWAY) : written;
    },
  };
}

describe("disconnecting where the credentials cannot be deleted just now", () => {
  it("asks the provider for nothing any more, tells the bus and the vendor, and says that something is left to do", async () => {
    const { failing, use, name, told, events, woken, tend, time } = await stage();
    failing.add("deletes_secrets");
    const asked = await tend();
    expect((await use.disconnect(anna, name, calm))._unsafeUnwrapErr()).toEqual(AWAY);
    expect([told, events, woken]).toEqual([["first"], ["disconnected"], ["source0000001"]]);
    expect((await use.disconnect(anna, "second" as typeof name, calm)).isErr()).toBe(true);
    time.pass(3_000_000);
    expect(await tend()).toBe(asked);
  });

  it("is finished by asking once more", async () => {
    const { failing, stored, use, name } = await stage();
    failing.add("deletes_secrets");
    expect((await use.disconnect(anna, name, calm)).isErr()).toBe(true);
    failing.clear();
    const record = (await use.disconnect(anna, name, calm))._unsafeUnwrap();
    expect(record?.phase).toBe("disconnected");
    expect((await stored.secretsOf({ userId: anna, sourceId: "source0000001" as SourceId }, calm))._unsafeUnwrap()?.sealed).toBeNull();
  });
});

it("a disconnect of which nobody knows whether it was written is told where it was", async () => {
  const { failing, use, name, told, events, woken, tend, time } = await stage();
  const asked = await tend();
  failing.add("answers_records_written");
  expect((await use.disconnect(anna, name, calm)).isErr()).toBe(true);
  expect((await use.disconnect(anna, "second" as typeof name, calm)).isErr()).toBe(true);
  expect(new Set(woken)).toEqual(new Set(["source0000001", "source0000002"]));
  expect([told, events]).toEqual([
    ["first", "second"],
    ["disconnected", "disconnected"],
  ]);
  failing.clear();
  time.pass(3_000_000);
  expect(await tend()).toBe(asked);
  (await use.disconnect(anna, name, calm))._unsafeUnwrap();
});

describe("erasing that fails midway", () => {
  it("tells the vendors of what has ended, has all of it tended, and tells the others when it is asked for once more", async () => {
    const { failing, use, told, woken } = await stage();
    failing.add("entombs_second");
    expect((await use.erase(anna, calm)).isErr()).toBe(true);
    expect(told).toEqual(["first"]);
    expect(woken).toEqual(["source0000001", "source0000002"]);
    failing.clear();
    (await use.erase(anna, calm))._unsafeUnwrap();
    expect(told).toContain("second");
  });

  it("tells the vendors though what was stored could not be deleted yet", async () => {
    const { failing, use, told } = await stage();
    failing.add("erases");
    expect((await use.erase(anna, calm)).isErr()).toBe(true);
    expect(told.toSorted()).toEqual(["first", "second"]);
  });
});

describe("a poll that is asked for at a replica whose source it is not", () => {
  const known = (ingest: Ingest) => [...ingest.known()].map(({ record }) => record.sourceId);

  it("is made there, and nothing is kept of the source afterwards", async () => {
    const { use, name, ingest, world, time } = await stage({ isForeign: true });
    for (const sourceId of known(ingest)) ingest.forget(sourceId);
    time.pass(60_000);
    const asked = world.asked.length;
    expect((await use.pollNow(anna, name, calm))._unsafeUnwrap()).toBe("wanted");
    await expect.poll(() => [world.asked.length - asked, known(ingest)]).toEqual([1, []]);
  });

  it("leaves nothing behind where it is not made: the source is disconnected, or was polled just now", async () => {
    const { use, name, ingest, world } = await stage({ isForeign: true });
    const asked = world.asked.length;
    expect((await use.pollNow(anna, "second" as typeof name, calm))._unsafeUnwrap()).toBe("recent");
    (await use.disconnect(anna, name, calm))._unsafeUnwrap();
    expect((await use.pollNow(anna, name, calm))._unsafeUnwrap()).toBe("not_asked");
    expect([world.asked.length - asked, known(ingest)]).toEqual([0, []]);
  });
});
