import "reflect-metadata";
import { createHash, randomBytes } from "node:crypto";
import {
  type Checkpoint,
  type Clock,
  createIngest,
  createReadingQueries,
  type IngestDeps,
  type Logger,
  type SourceId,
} from "@bg-ingest/core";
import { Container } from "inversify";
import { createRateBudget } from "../budget/rate-budget.ts";
import type { InProcessBus } from "../bus/in-process-bus.ts";
import { createConnections } from "../connections/connections.ts";
import { createDeliveries } from "../deliveries/deliveries.ts";
import { createHostOf, type Host } from "../host.ts";
import { createHttpApp } from "../http/app.ts";
import type { ConnectionUseCases } from "../http/http-deps.ts";
import type { ProviderRoster } from "../plugins/provider-roster.ts";
import { createScheduler } from "../scheduler/scheduler.ts";
import type { Timers } from "../scheduler/timers.ts";
import type { Settings } from "../settings/settings-schema.ts";
import { createVault, type VaultKey } from "../vault/vault.ts";
import type { Store } from "./open-store.ts";
import * as id from "./service-identifiers.ts";

/** What had to be opened or read first, because it can fail. */
export interface OpenedParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly time: Clock & Timers;
  readonly checkpoint: Checkpoint;
  readonly roster: ProviderRoster;
  readonly store: Store;
  readonly vaultKey: VaultKey;
  readonly bus: InProcessBus;
}

export interface Composed {
  readonly host: Host;
  readonly connections: ConnectionUseCases;
}

/** Wires everything. Nothing here can fail, and nothing is begun. */
export function compose(parts: OpenedParts): Composed {
  const container = new Container({ defaultScope: "Singleton" });
  bindParts(container, parts);
  bindDomain(container);
  bindService(container, parts.roster);
  return { host: container.get(id.HOST), connections: container.get(id.CONNECTIONS) };
}

function bindParts(container: Container, parts: OpenedParts): void {
  container.bind(id.SETTINGS).toConstantValue(parts.settings);
  container.bind(id.LOGGER).toConstantValue(parts.logger);
  container.bind(id.CLOCK).toConstantValue(parts.time);
  container.bind(id.TIMERS).toConstantValue(parts.time);
  container.bind(id.CHECKPOINT).toConstantValue(parts.checkpoint);
  container.bind(id.PROVIDERS).toConstantValue(parts.roster.loaded);
  container.bind(id.STORE).toConstantValue(parts.store);
  container.bind(id.VAULT).toConstantValue(createVault([parts.vaultKey]));
  container.bind(id.BUS).toConstantValue(parts.bus);
}

function bindDomain(container: Container): void {
  container.bind(id.BUDGET).toResolvedValue(createRateBudget, [id.PROVIDERS, id.CLOCK]);
  container
    .bind(id.QUERIES)
    .toResolvedValue(({ readings, connections }: Store) => createReadingQueries({ readings, connections }), [id.STORE]);
  container.bind(id.INGEST).toResolvedValue(
    (store: Store, bus, budget, vault, providers, clock, logger, checkpoint, settings: Settings) => {
      const deps: IngestDeps = {
        ...store,
        bus,
        budget,
        vault,
        providers,
        clock,
        logger,
        checkpoint,
        chance: Math.random,
        digest,
        settings: ingestSettings(settings),
      };
      return createIngest(deps);
    },
    [id.STORE, id.BUS, id.BUDGET, id.VAULT, id.PROVIDERS, id.CLOCK, id.LOGGER, id.CHECKPOINT, id.SETTINGS],
  );
}

function bindService(container: Container, roster: ProviderRoster): void {
  container
    .bind(id.SCHEDULER)
    .toResolvedValue(
      (ingest, { connections }: Store, clock, timers, logger) =>
        createScheduler({ ingest, connections, clock, timers, logger, limits: SCHEDULER_LIMITS }),
      [id.INGEST, id.STORE, id.CLOCK, id.TIMERS, id.LOGGER],
    );
  container
    .bind(id.DELIVERIES)
    .toResolvedValue(
      ({ connections, queue }: Store, vault, providers, checkpoint, ingest, scheduler) =>
        createDeliveries({ receive: { connections, vault, providers, queue, checkpoint }, queue, ingest, scheduler }),
      [id.STORE, id.VAULT, id.PROVIDERS, id.CHECKPOINT, id.INGEST, id.SCHEDULER],
    );
  container.bind(id.CONNECTIONS).toResolvedValue(
    (
      { connections, readings }: Store,
      vault,
      providers,
      clock,
      checkpoint,
      ingest,
      scheduler,
      bus,
      logger,
      { pollIntervalSeconds }: Settings,
    ) =>
      createConnections({
        connect: { connections, vault, clock, checkpoint, newSourceId, newWebhookSecret, backfillSeconds: null },
        overview: { connections, readings, providers, pollIntervalSeconds },
        store: connections,
        ingest,
        scheduler,
        bus,
        clock,
        logger,
      }),
    [id.STORE, id.VAULT, id.PROVIDERS, id.CLOCK, id.CHECKPOINT, id.INGEST, id.SCHEDULER, id.BUS, id.LOGGER, id.SETTINGS],
  );
  container
    .bind(id.HTTP_APP)
    .toResolvedValue(
      (queries, connections, deliveries, { connections: store }: Store, clock, logger, settings: Settings) =>
        createHttpApp({ queries, connections, deliveries, roster, store, clock, logger, settings }),
      [id.QUERIES, id.CONNECTIONS, id.DELIVERIES, id.STORE, id.CLOCK, id.LOGGER, id.SETTINGS],
    );
  container
    .bind(id.HOST)
    .toResolvedValue(
      (app, scheduler, deliveries, store: Store, settings, logger) =>
        createHostOf({ app, scheduler, deliveries, closeStore: () => store.close(), settings, logger }),
      [id.HTTP_APP, id.SCHEDULER, id.DELIVERIES, id.STORE, id.SETTINGS, id.LOGGER],
    );
}

const SCHEDULER_LIMITS = { livePolls: 64, backfills: 4, tendSeconds: 600, lookSeconds: 300 };

function ingestSettings({ pollIntervalSeconds, backoffFirstSeconds, backoffLongestSeconds }: Settings): IngestDeps["settings"] {
  return { pollIntervalSeconds, backoff: { firstSeconds: backoffFirstSeconds, longestSeconds: backoffLongestSeconds } };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const SOURCE_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
const SOURCE_ID_LENGTH = 13;

/** 65 random bits. */
function newSourceId(): SourceId {
  return Array.from(randomBytes(SOURCE_ID_LENGTH), (byte) => SOURCE_ID_LETTERS[byte & 31]).join("") as SourceId;
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}
