import { ok } from "neverthrow";
import type { ConnectDeps } from "../../connection/connect-deps.ts";
import { createIngest, type Ingest } from "../../ingest/ingest.ts";
import type { IngestDeps } from "../../ingest/source/ingest-deps.ts";
import type { Chance } from "../../ports/chance.ts";
import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { Logger } from "../../ports/logger.ts";
import type { ReadingStore } from "../../ports/reading-store.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import { memoryVault } from "../memory-vault.ts";
import type { Faults } from "./fault-mode.ts";
import { createMortal, type Mortal } from "./mortal.ts";
import { plainDigest } from "./plain-digest.ts";
import { busThrough, connectionsThrough, createThrough, providerThrough, readingsThrough } from "./through.ts";
import type { Turnstile } from "./turnstile.ts";

/** A process that tends sources. Whatever it remembers dies with it. */
export interface Owner {
  readonly mortal: Mortal;
  readonly ingest: Ingest;
  readonly connect: ConnectDeps;
  /** When the next tending of a source is due, in milliseconds since the model began. */
  readonly due: Map<SourceId, number>;
}

/** What all owners have in common. */
export interface Surroundings extends Pick<IngestDeps, "clock" | "settings"> {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly bus: EventBus;
  readonly loaded: LoadedProvider;
  readonly faults: Faults;
  readonly turnstile: Turnstile;
  readonly chance: Chance;
  readonly newSourceId: () => SourceId;
  readonly newConnectId: () => string;
  readonly newReplica: () => string;
  readonly backfillSeconds: number;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function createOwner(around: Surroundings): Owner {
  const { faults, chance, clock, settings } = around;
  const mortal = createMortal();
  const through = createThrough(mortal, around.turnstile, chance);
  const connections = connectionsThrough(through, around.connections, faults, chance);
  const loaded = providerThrough(through, around.loaded);
  const common = { connections, vault: memoryVault, clock, checkpoint: () => mortal.moment() };
  const ingest = createIngest({
    ...common,
    replica: around.newReplica(),
    authorizations: { eraseUser: async () => through.call(async () => ok(undefined)) },
    readings: readingsThrough(through, around.readings, faults, chance),
    bus: busThrough(through, around.bus),
    queue: { eraseSource: async () => through.call(async () => ok(undefined)) },
    budget: { take: async () => ({ kind: "granted" }) },
    providers: new Map([[loaded.name, loaded]]),
    chance,
    digest: plainDigest,
    logger: silent,
    settings,
  });
  const connect: ConnectDeps = {
    ...common,
    newSourceId: around.newSourceId,
    newConnectId: around.newConnectId,
    newWebhookSecret: () => "whsec_world",
    backfillSeconds: around.backfillSeconds,
  };
  return { mortal, ingest, connect, due: new Map() };
}
