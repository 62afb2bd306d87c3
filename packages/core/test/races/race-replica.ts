import { ok, type Result } from "neverthrow";
import type { OAuthDeps } from "../../src/connection/oauth.ts";
import { createIngest, type Ingest } from "../../src/ingest/ingest.ts";
import type { IngestDeps } from "../../src/ingest/source/ingest-deps.ts";
import type { AuthorizationStore } from "../../src/ports/authorization-store.ts";
import type { Chance } from "../../src/ports/chance.ts";
import type { ConnectionStore } from "../../src/ports/connection-store.ts";
import type { LoadedProvider } from "../../src/ports/loaded-provider.ts";
import type { ReadingStore } from "../../src/ports/reading-store.ts";
import type { StoreError } from "../../src/ports/store-error.ts";
import type { SourceId } from "../../src/reading/identifiers.ts";
import type { MemoryEventBus } from "../../src/testing/memory-event-bus.ts";
import { memoryVault } from "../../src/testing/memory-vault.ts";
import { faring } from "../../src/testing/model/fault-mode.ts";
import { createMortal, type Mortal } from "../../src/testing/model/mortal.ts";
import { plainDigest } from "../../src/testing/model/plain-digest.ts";
import { busThrough, connectionsThrough, createThrough, readingsThrough, type Through } from "../../src/testing/model/through.ts";
import type { Turnstile } from "../../src/testing/model/turnstile.ts";
import type { ProviderWorld } from "../../src/testing/world/provider-world.ts";
import { HOUR_SECONDS, type RaceTime } from "./race-time.ts";
import { vendorThrough } from "./race-vendor.ts";
import type { RoundFaults } from "./round-faults.ts";

/** A process that connects and tends. Whatever it remembers dies with it. */
export interface RaceReplica {
  readonly mortal: Mortal;
  readonly ingest: Ingest;
  readonly connect: OAuthDeps;
  readonly nowMs: () => number;
  /** When the next tending of a source is due, in milliseconds since the races began. */
  readonly due: Map<SourceId, number>;
  /** As what a source was met when its record was last looked at. */
  readonly met: Map<SourceId, string>;
  readonly loaded: LoadedProvider;
}

/** What all replicas have in common. */
export interface Surroundings {
  readonly time: RaceTime;
  readonly stores: {
    readonly readings: ReadingStore;
    readonly connections: ConnectionStore;
    readonly authorizations: AuthorizationStore;
  };
  readonly bus: MemoryEventBus;
  readonly world: ProviderWorld;
  readonly faults: RoundFaults;
  readonly turnstile: Turnstile;
  readonly chance: Chance;
  readonly newSourceId: () => SourceId;
  /** Never the same twice. */
  readonly newNumber: () => number;
}

const AHEAD_MS = 30_000;

export function createReplica(around: Surroundings, n: number): RaceReplica {
  const { time, stores, faults, chance } = around;
  const mortal = createMortal();
  const through = countedThrough(createThrough(mortal, around.turnstile, chance), faults);
  const loaded = vendorThrough(through, around.world);
  const nowMs = () => time.nowMs() + n * AHEAD_MS;
  const common = {
    connections: connectionsThrough(through, stores.connections, faults, chance),
    authorizations: authorizationsThrough(through, around),
    vault: memoryVault,
    clock: { nowMs, monotonicMs: () => time.passedMs },
    budget: { take: async () => ({ kind: "granted" }) as const },
    digest: plainDigest,
    checkpoint: () => mortal.moment(),
  };
  const ingestDeps: IngestDeps = {
    ...common,
    replica: `replica-${n}-${around.newNumber()}`,
    readings: readingsThrough(through, stores.readings, faults, chance),
    bus: busThrough(through, around.bus),
    queue: { eraseSource: async () => ok(undefined) },
    providers: new Map([[loaded.name, loaded]]),
    chance,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    settings: { pollIntervalSeconds: 12 * HOUR_SECONDS, backoff: { firstSeconds: 10, longestSeconds: 900 } },
  };
  const connect: OAuthDeps = {
    ...common,
    newSourceId: around.newSourceId,
    newConnectId: () => `connect-${around.newNumber()}`,
    newWebhookSecret: () => `whsec_${around.newNumber()}`,
    newState: () => `state-${around.newNumber()}-${"x".repeat(40)}`,
    backfillSeconds: null,
  };
  return { mortal, ingest: createIngest(ingestDeps), connect, nowMs, due: new Map(), met: new Map(), loaded };
}

function countedThrough(through: Through, faults: RoundFaults): Through {
  return {
    call: (act) =>
      through.call(() => {
        faults.called();
        return act();
      }),
  };
}

function authorizationsThrough(through: Through, { stores: { authorizations }, faults, chance }: Surroundings): AuthorizationStore {
  const ask = <T>(act: () => PromiseLike<Result<T, StoreError>>) => through.call(() => faring(faults, chance, act));
  return {
    begin: (pending, call) => ask(() => authorizations.begin(pending, call)),
    waiting: (digest, now, call) => ask(() => authorizations.waiting(digest, now, call)),
    take: (digest, now, call) => ask(() => authorizations.take(digest, now, call)),
    eraseUser: (userId, call) => ask(() => authorizations.eraseUser(userId, call)),
  };
}
