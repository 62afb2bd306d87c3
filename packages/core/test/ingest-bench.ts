import { ok, type Result } from "neverthrow";
import { type CallBy, TRUSTED } from "../src/access/caller.ts";
import { type Connected, connectSource } from "../src/connection/connect.ts";
import type { LoginDeps } from "../src/connection/login.ts";
import { decodeDay } from "../src/day/codec/day-codec.ts";
import { readReading } from "../src/day/columns.ts";
import { currentVersions } from "../src/day/current.ts";
import type { DayLog } from "../src/day/day-log.ts";
import type { ReadingsRecorded } from "../src/event/event.ts";
import type { Tended } from "../src/ingest/due.ts";
import { createIngest, type Ingest } from "../src/ingest/ingest.ts";
import type { IngestDeps } from "../src/ingest/source/ingest-deps.ts";
import type { ConnectionStore, SourceKey } from "../src/ports/connection-store.ts";
import type { LogFields } from "../src/ports/logger.ts";
import type { DayPut, ReadingStore } from "../src/ports/reading-store.ts";
import type { SourceRecord } from "../src/ports/source-record.ts";
import type { StoreError } from "../src/ports/store-error.ts";
import type { SourceId, UserId } from "../src/reading/identifiers.ts";
import { EVERY_DAY, type Instant } from "../src/reading/instant.ts";
import type { Reading } from "../src/reading/reading.ts";
import { createMemoryAuthorizationStore } from "../src/testing/memory-authorization-store.ts";
import { createMemoryConnectionStore } from "../src/testing/memory-connection-store.ts";
import { createMemoryEventBus, type MemoryEventBus } from "../src/testing/memory-event-bus.ts";
import { createMemoryReadingStore } from "../src/testing/memory-reading-store.ts";
import { memoryVault } from "../src/testing/memory-vault.ts";
import { type FaultMode, faring } from "../src/testing/model/fault-mode.ts";
import { plainDigest } from "../src/testing/model/plain-digest.ts";
import { createProviderWorld, type ProviderWorld, type WorldOptions } from "../src/testing/world/provider-world.ts";

export const calm: CallBy = { signal: new AbortController().signal, caller: TRUSTED };
export const anna = "anna" as UserId;

/** Ingest over memory and a vendor in memory, in a time that only passes when told to, with every write counted. */
export interface IngestBench {
  readonly world: ProviderWorld;
  readonly bus: MemoryEventBus;
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly deps: IngestDeps;
  readonly connect: LoginDeps;
  ingest: Ingest;
  readonly written: { days: DayPut[]; records: SourceRecord[]; aside: number };
  readonly logged: { readonly level: string; readonly fields: LogFields; readonly message: string }[];
  storeMode: FaultMode;
  now(): Instant;
  pass(seconds: number): void;
  /** Sets the clock to another time; the monotonic one goes on. */
  jump(seconds: number): void;
  /** Another process over the same stores. */
  another(): Ingest;
  connected(userId?: UserId, account?: string): Promise<Connected>;
  record(userId?: UserId): Promise<SourceRecord>;
  changeRecord(change: Partial<SourceRecord>, userId?: UserId): Promise<void>;
  /** Tends whenever it is due, for so long; answers how often that was. */
  run(source: SourceKey, seconds: number, ingest?: Ingest): Promise<number>;
  logs(userId?: UserId): Promise<readonly DayLog[]>;
  view(userId?: UserId): Promise<ReadonlyMap<Instant, Reading>>;
  recorded(): readonly ReadingsRecorded[];
}

export interface BenchOptions extends Omit<WorldOptions, "clock"> {
  readonly startMs?: number;
  readonly pollIntervalSeconds?: number;
  readonly backfillSeconds?: number | null;
  readonly change?: (deps: IngestDeps) => Partial<IngestDeps>;
}

/** A Wednesday noon. */
const START_MS = Date.UTC(2025, 3, 23, 12, 0, 0);

export function createIngestBench(options: BenchOptions = {}): IngestBench {
  let passedMs = 0;
  let offsetMs = 0;
  const startMs = options.startMs ?? START_MS;
  const clock = { nowMs: () => startMs + passedMs + offsetMs, monotonicMs: () => passedMs };
  const world = createProviderWorld({ ...options, clock: { nowMs: () => startMs + passedMs } });
  const bus = createMemoryEventBus();
  const written: IngestBench["written"] = { days: [], records: [], aside: 0 };
  const logged: IngestBench["logged"] = [];
  const log = (level: string) => (fields: LogFields, message: string) => void logged.push({ level, fields, message });
  const rawReadings = createMemoryReadingStore();
  const rawConnections = createMemoryConnectionStore();
  const faults = { mode: "there" as FaultMode, late: [] };
  const fare = <T>(act: () => PromiseLike<Result<T, StoreError>>) => faring(faults, () => 0, act);

  const readings: ReadingStore = {
    ...rawReadings,
    getDays: (keys, call) => fare(() => rawReadings.getDays(keys, call)),
    async putDays(puts, call) {
      return fare(async () => {
        const outcomes = await rawReadings.putDays(puts, call);
        if (outcomes.isOk()) written.days.push(...puts.filter((_, i) => outcomes.value[i]?.kind === "written"));
        return outcomes;
      });
    },
    eraseSource: (userId, sourceId, call) => fare(() => rawReadings.eraseSource(userId, sourceId, call)),
  };
  const connections: ConnectionStore = {
    ...rawConnections,
    recordsOf: (userId, call) => fare(() => rawConnections.recordsOf(userId, call)),
    async replaceRecord(record, expectedVersion, call) {
      return fare(async () => {
        const outcome = await rawConnections.replaceRecord(record, expectedVersion, call);
        if (outcome.isOk() && outcome.value.kind === "written") written.records.push(record);
        return outcome;
      });
    },
    async setAside(source, records, call) {
      written.aside++;
      return fare(() => rawConnections.setAside(source, records, call));
    },
  };
  let replicas = 0;
  const authorizations = createMemoryAuthorizationStore();
  const plain: IngestDeps = {
    replica: "replica-0",
    readings,
    connections,
    authorizations,
    bus,
    queue: { eraseSource: async () => ok(undefined) },
    budget: { take: async () => ({ kind: "granted" }) },
    vault: memoryVault,
    providers: new Map([[world.loaded.name, world.loaded]]),
    clock,
    chance: () => 0.5,
    digest: plainDigest,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    checkpoint: () => undefined,
    settings: { pollIntervalSeconds: options.pollIntervalSeconds ?? 300, backoff: { firstSeconds: 10, longestSeconds: 600 } },
  };
  const deps = { ...plain, ...options.change?.(plain) };
  let sources = 0;
  let connects = 0;
  let secrets = 0;
  const connect: LoginDeps = {
    connections,
    budget: deps.budget,
    vault: memoryVault,
    clock,
    checkpoint: (name) => deps.checkpoint(name),
    newSourceId: () => `source${String(++sources).padStart(6, "0")}` as SourceId,
    newConnectId: () => `connect-${++connects}`,
    newWebhookSecret: () => `whsec_${++secrets}`,
    backfillSeconds: options.backfillSeconds === undefined ? 86_400 : options.backfillSeconds,
  };

  const bench: IngestBench = {
    world,
    bus,
    readings: rawReadings,
    connections: rawConnections,
    deps,
    connect,
    ingest: createIngest(deps),
    written,
    logged,
    get storeMode() {
      return faults.mode;
    },
    set storeMode(mode) {
      faults.mode = mode;
    },
    now: () => Math.floor(clock.nowMs() / 1000) as Instant,
    pass(seconds) {
      passedMs += seconds * 1000;
    },
    jump(seconds) {
      offsetMs += seconds * 1000;
    },
    another: () => createIngest({ ...deps, replica: `replica-${++replicas}` }),
    async connected(userId = anna, account = userId) {
      const connected = await connectSource(connect, userId, world.loaded, world.grantOf(account), calm);
      return connected._unsafeUnwrap();
    },
    async record(userId = anna) {
      const [record] = (await rawConnections.recordsOf(userId, calm))._unsafeUnwrap();
      if (record === undefined) throw new Error(`${userId} has no record`);
      return record;
    },
    async changeRecord(change, userId = anna) {
      const record = await bench.record(userId);
      (await rawConnections.replaceRecord({ ...record, ...change, version: record.version + 1 }, record.version, calm))._unsafeUnwrap();
    },
    async run(source, seconds, ingest = bench.ingest) {
      const untilMs = passedMs + seconds * 1000;
      let tends = 0;
      while (passedMs < untilMs) {
        const nextAtMs = earliest(await ingest.tend(source, "history", calm));
        await must(ingest.drain(calm));
        if (++tends > 20 + seconds) throw new Error(`tended ${tends} times in ${seconds} s`);
        const waitMs = nextAtMs === null ? Infinity : Math.max(0, nextAtMs - clock.nowMs());
        passedMs = Math.min(passedMs + waitMs, untilMs);
      }
      return tends;
    },
    async logs(userId = anna) {
      const logs: DayLog[] = [];
      for await (const day of rawReadings.days(userId, EVERY_DAY, { order: "ascending", consistency: "strong" }, calm)) {
        const { bytes, day: at } = day._unsafeUnwrap();
        logs.push(decodeDay(bytes, at)._unsafeUnwrap());
      }
      return logs;
    },
    async view(userId = anna) {
      const view = new Map<Instant, Reading>();
      for (const { columns, day } of await bench.logs(userId)) {
        for (const index of currentVersions(columns)) view.set(readReading(columns, index, day).at, readReading(columns, index, day));
      }
      return view;
    },
    recorded: () => bus.taken.filter((event) => event.type === "bg.readings.recorded.v1"),
  };
  return bench;
}

/** The value of an answer that has to be good. */
export async function must<T>(answer: PromiseLike<Result<T, unknown>>): Promise<T> {
  return (await answer)._unsafeUnwrap();
}

/** Measures an account every so often, both ends included. */
export function measured(bench: IngestBench, from: number, to: number, every = 300, account = "anna"): readonly Instant[] {
  const instants: Instant[] = [];
  for (let at = from; at <= to; at += every) {
    bench.world.account(account).measure({ at: at as Instant, mgdl: 60 + ((at / 60) % 200) });
    instants.push(at as Instant);
  }
  return instants;
}

/** A person with readings up to now whose source has come to rest. */
export async function settled(bench: IngestBench, historySeconds = 21_600): Promise<SourceRecord> {
  measured(bench, bench.now() - historySeconds, bench.now());
  const { record } = await bench.connected();
  await bench.run(record, 7_200);
  return record;
}

function earliest({ liveAtMs, historyAtMs }: Tended): number | null {
  return liveAtMs === null || historyAtMs === null ? (liveAtMs ?? historyAtMs) : Math.min(liveAtMs, historyAtMs);
}
