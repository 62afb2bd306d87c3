import { ok } from "neverthrow";
import { type CallBy, TRUSTED } from "../src/access/caller.ts";
import { connectGranted } from "../src/connection/connect.ts";
import type { ConnectDeps } from "../src/connection/connect-deps.ts";
import { type OpenedSecrets, openSecrets } from "../src/connection/secrets.ts";
import type { Tended } from "../src/ingest/due.ts";
import { createIngest, type Ingest } from "../src/ingest/ingest.ts";
import type { BackoffPolicy } from "../src/ingest/source/backoff.ts";
import type { CheckpointName } from "../src/ports/checkpoint.ts";
import type { ConnectionStore, SourceKey } from "../src/ports/connection-store.ts";
import type { SourceRecord } from "../src/ports/source-record.ts";
import type { SourceId, UserId } from "../src/reading/identifiers.ts";
import type { Instant } from "../src/reading/instant.ts";
import { createMemoryConnectionStore } from "../src/testing/memory-connection-store.ts";
import { createMemoryEventBus } from "../src/testing/memory-event-bus.ts";
import { createMemoryReadingStore } from "../src/testing/memory-reading-store.ts";
import { memoryVault } from "../src/testing/memory-vault.ts";
import type { Faults } from "../src/testing/model/fault-mode.ts";
import { CRASH, createMortal, type Mortal } from "../src/testing/model/mortal.ts";
import { plainDigest } from "../src/testing/model/plain-digest.ts";
import { connectionsThrough, createThrough, readingsThrough, type Through } from "../src/testing/model/through.ts";
import { createTurnstile } from "../src/testing/model/turnstile.ts";
import { seededChance } from "../src/testing/seeded-chance.ts";
import { createStrictVendor, type StrictVendor, type StrictVendorOptions } from "./strict-vendor.ts";

export const calm: CallBy = { signal: new AbortController().signal, caller: TRUSTED };
const anna = "anna" as UserId;

/** One process among several over the same stores. */
interface Replica {
  readonly name: string;
  readonly ingest: Ingest;
  readonly mortal: Mortal;
  /** Where it dies next. */
  dieAt: CheckpointName | null;
  /** When it tends the source next, in milliseconds of the monotonic clock. */
  dueMs: number;
}

/** Several processes, one person, one vendor that forgives nothing, and a time that only passes when told to. */
export interface Replicas {
  readonly vendor: StrictVendor;
  readonly connections: ConnectionStore;
  readonly connect: ConnectDeps;
  readonly all: Replica[];
  /** One more, whose calls go straight through whatever the others are at. */
  readonly outsider: Ingest;
  readonly faults: Faults;
  readonly warnings: string[];
  /** How many calls were taken of what the vendor allows. */
  leased(): number;
  now(): Instant;
  pass(seconds: number): void;
  /** The clock on the wall; the monotonic one goes on. */
  jump(seconds: number): void;
  /** The person consents, and what comes of it is stored. */
  connected(): Promise<SourceRecord>;
  record(): Promise<SourceRecord>;
  secrets(): Promise<OpenedSecrets>;
  /** All of these tend the source at once, their calls in an order that chance decides; each asks the vendor for data. Who dies is replaced. */
  tendAtOnce(replicas: readonly Replica[]): Promise<void>;
  /** The source is from now on this replica's alone: the others forget it, as a scheduler has them do. */
  handOver(to: Replica): Promise<void>;
  /** A replica is told to stop: its source is another's at once, it has a grace to store what it holds, and another one is started in its place. */
  stop(replica: Replica, meanwhile?: (waitedSeconds: number) => Promise<void>): Promise<void>;
  /** Time passes, in which everybody only tries to store what the store did not take. */
  idle(seconds: number): Promise<void>;
  /** A process ends between two turns, and another one is started in its place. */
  restart(replica: Replica): void;
  /** What the store answered with an error, and does all the same. */
  landLate(): Promise<void>;
  /** Everybody does what falls due, one after another, in steps of half a minute. */
  run(seconds: number, replicas?: readonly Replica[]): Promise<void>;
  /** Renewals whose outcome never got into the store. */
  lost(): number;
  /** How often the person was asked to connect again. */
  reconnectsAsked(): number;
}

export interface ReplicasOptions extends Omit<StrictVendorOptions, "clock" | "ourClock"> {
  readonly count?: number;
  readonly seed?: number;
  readonly pollIntervalSeconds?: number;
  readonly backoff?: BackoffPolicy;
  /** One process at a time, which knows that: a store that a lock gives to one alone. */
  readonly isAlone?: boolean;
}

/** A Wednesday noon. */
const START_MS = Date.UTC(2025, 3, 23, 12, 0, 0);
const STEP_SECONDS = 30;
const GRACE_SECONDS = 10;

export function createReplicas({
  count = 8,
  seed = 1,
  pollIntervalSeconds = 900,
  backoff = { firstSeconds: 10, longestSeconds: 300 },
  isAlone = false,
  ...of
}: ReplicasOptions = {}): Replicas {
  let passedMs = 0;
  let offsetMs = 0;
  const clock = { nowMs: () => START_MS + passedMs + offsetMs, monotonicMs: () => passedMs };
  const vendor = createStrictVendor({ ...of, clock: { nowMs: () => START_MS + passedMs }, ourClock: clock });
  const chance = seededChance(seed);
  const turnstile = createTurnstile();
  const faults: Faults = { mode: "there", late: [] };
  const readings = createMemoryReadingStore();
  const plain = createMemoryConnectionStore();
  const storedValues = new Set<string>();
  const warnings: string[] = [];
  /** Credentials in whose place the person was asked for others; telling it twice asks for no more. */
  const refused = new Set<string>();
  let born = 0;
  let connects = 0;
  let leased = 0;

  const storedValueOf = async (source: SourceKey): Promise<string> => {
    const opened = (await openSecrets({ connections: plain, vault: memoryVault }, source, calm)).unwrapOr(null);
    return JSON.stringify(opened?.credentials.value ?? null);
  };
  const connections: ConnectionStore = {
    ...plain,
    async replaceSecrets(source, secrets, call) {
      const written = await plain.replaceSecrets(source, secrets, call);
      storedValues.add(await storedValueOf(source));
      return written;
    },
    async replaceRecord(record, expectedVersion, call) {
      const written = await plain.replaceRecord(record, expectedVersion, call);
      const isAsked = record.health.kind === "needs_reconnect" && written.isOk() && written.value.kind === "written";
      if (isAsked) refused.add(await storedValueOf(record));
      return written;
    },
  };

  function createReplica(isOutside = false): Replica {
    const mortal = createMortal();
    const through: Through = isOutside ? { call: async (act) => act() } : createThrough(mortal, turnstile, chance);
    const { oauth, ...provider } = vendor.loaded.provider;
    if (oauth === undefined) throw new Error("no oauth");
    const refresh: typeof oauth.refresh = (credentials, call) => through.call(() => oauth.refresh(credentials, call));
    const loaded = { ...vendor.loaded, provider: { ...provider, oauth: { ...oauth, refresh } } };
    const warn = (_: unknown, message: string) => void warnings.push(message);
    const replica: Replica = {
      name: `replica-${++born}`,
      mortal,
      dieAt: null,
      dueMs: 0,
      ingest: createIngest({
        replica: `replica-${born}`,
        isAlone,
        readings: readingsThrough(through, readings, faults, chance),
        connections: connectionsThrough(through, connections, faults, chance),
        authorizations: { eraseUser: async () => ok(undefined) },
        bus: createMemoryEventBus(),
        queue: { eraseSource: async () => ok(undefined) },
        budget: {
          async take() {
            leased++;
            return { kind: "granted" };
          },
        },
        vault: memoryVault,
        providers: new Map([[loaded.name, loaded]]),
        clock,
        chance,
        digest: plainDigest,
        logger: { debug() {}, info() {}, warn, error: warn },
        checkpoint(name) {
          if (name === replica.dieAt) mortal.dieIn(1);
          mortal.moment();
        },
        settings: { pollIntervalSeconds, backoff },
      }),
    };
    return replica;
  }

  const connect: ConnectDeps = {
    connections,
    vault: memoryVault,
    clock,
    checkpoint: () => undefined,
    newSourceId: () => `source${String(++born).padStart(6, "0")}` as SourceId,
    newConnectId: () => `connect-${++connects}`,
    newWebhookSecret: () => "whsec_strict",
    backfillSeconds: null,
  };

  /** Whoever dies of it has a successor. */
  async function mortally(replica: Replica, act: () => Promise<void>): Promise<void> {
    const died = await act().then(
      () => false,
      (thrown: unknown) => {
        if (thrown === CRASH) return true;
        throw thrown;
      },
    );
    if (died) restart(replica);
  }

  function restart(replica: Replica): void {
    const place = replicas.all.indexOf(replica);
    if (place === -1) return;
    // The lock is given to the next one once nothing of the last can land any more.
    if (isAlone) faults.late.length = 0;
    const next = createReplica();
    next.dueMs = passedMs;
    replicas.all[place] = next;
  }

  async function tend(replica: Replica): Promise<void> {
    const tended = await replica.ingest.tend(await replicas.record(), "live", calm);
    replica.dueMs = passedMs + Math.max(0, (earliest(tended) ?? clock.nowMs() + 3_600_000) - clock.nowMs());
  }

  /** No more than what a scheduler does. */
  async function drain(replica: Replica): Promise<void> {
    await mortally(replica, async () => {
      await replica.ingest.storeRenewed();
      if (replica.ingest.isWaiting()) (await replica.ingest.drain(calm)).unwrapOr(undefined);
    });
  }

  async function handOver(to: Replica): Promise<void> {
    const { sourceId } = await replicas.record();
    for (const replica of replicas.all) {
      if (replica !== to) replica.ingest.forget(sourceId);
      replica.dueMs = replica === to ? passedMs : Infinity;
    }
  }

  const replicas: Replicas = {
    vendor,
    connections: plain,
    connect,
    all: [],
    outsider: createReplica(true).ingest,
    faults,
    warnings,
    leased: () => leased,
    now: () => Math.floor(clock.nowMs() / 1000) as Instant,
    pass(seconds) {
      passedMs += seconds * 1000;
    },
    jump(seconds) {
      offsetMs += seconds * 1000;
    },
    async connected() {
      const { record } = (
        await connectGranted(
          connect,
          anna,
          vendor.loaded,
          { way: "consent", admit: () => ok(), obtain: async () => ok(vendor.consent()) },
          calm,
        )
      )._unsafeUnwrap();
      for (const replica of replicas.all) {
        replica.ingest.forget(record.sourceId);
        replica.dueMs = passedMs;
      }
      return record;
    },
    async record() {
      const [record] = (await plain.recordsOf(anna, calm))._unsafeUnwrap();
      if (record === undefined) throw new Error("nobody is connected");
      return record;
    },
    async secrets() {
      const opened = (await openSecrets({ connections: plain, vault: memoryVault }, await replicas.record(), calm))._unsafeUnwrap();
      if (opened === null) throw new Error("nothing is stored");
      return opened;
    },
    async tendAtOnce(some) {
      const source = await replicas.record();
      const works = some.map(
        (replica) => () =>
          mortally(replica, async () => {
            (await replica.ingest.wantPoll(source, calm)).unwrapOr("not_asked");
            await tend(replica);
          }),
      );
      await turnstile.drive(works, chance);
    },
    handOver,
    async stop(replica, meanwhile = async () => undefined) {
      const other = replicas.all.find((each) => each !== replica);
      if (other !== undefined && replica.dueMs < Infinity) await handOver(other);
      await mortally(replica, async () => {
        for (let waited = 0; waited <= GRACE_SECONDS && (await replica.ingest.storeRenewed()) > 0; waited++) {
          passedMs += 1_000;
          await meanwhile(waited);
        }
      });
      restart(replica);
      if (other !== undefined) await handOver(other);
    },
    async idle(seconds) {
      for (const untilMs = passedMs + seconds * 1000; passedMs < untilMs; passedMs += STEP_SECONDS * 1000) {
        for (const replica of [...replicas.all]) await drain(replica);
      }
    },
    restart,
    async landLate() {
      for (let act = faults.late.shift(); act !== undefined; act = faults.late.shift()) await act();
    },
    async run(seconds, some) {
      for (const untilMs = passedMs + seconds * 1000; passedMs < untilMs; passedMs += STEP_SECONDS * 1000) {
        for (const replica of [...(some ?? replicas.all)]) {
          await drain(replica);
          if (replica.dueMs <= passedMs && replicas.all.includes(replica)) await mortally(replica, () => tend(replica));
        }
      }
    },
    lost: () => vendor.renewals.filter((value) => !storedValues.has(JSON.stringify(value))).length,
    reconnectsAsked: () => refused.size,
  };
  replicas.all.push(...Array.from({ length: count }, () => createReplica()));
  return replicas;
}

function earliest({ liveAtMs, historyAtMs }: Tended): number | null {
  return liveAtMs === null || historyAtMs === null ? (liveAtMs ?? historyAtMs) : Math.min(liveAtMs, historyAtMs);
}
