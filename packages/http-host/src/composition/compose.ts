import "reflect-metadata";
import { randomUUID } from "node:crypto";
import type { Checkpoint, Clock, Logger } from "@bg-ingest/core";
import { Container } from "inversify";
import type { Access } from "../access/access.ts";
import { createAccess } from "../access/create-access.ts";
import type { InProcessBus } from "../bus/in-process-bus.ts";
import type { Bound, Host } from "../host.ts";
import type { ConnectionUseCases } from "../http/http-deps.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { ProviderRoster } from "../plugins/provider-roster.ts";
import type { Timers } from "../scheduler/timers.ts";
import type { Settings } from "../settings/settings-schema.ts";
import { createVault, type VaultKeys } from "../vault/vault.ts";
import { bindDomain } from "./bind-domain.ts";
import { bindService } from "./bind-service.ts";
import type { Engines } from "./engines.ts";
import * as id from "./service-identifiers.ts";

/** What had to be opened or read first, because it can fail. */
export interface OpenedParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly time: Clock & Timers;
  readonly checkpoint: Checkpoint;
  readonly metrics: Metrics;
  readonly roster: ProviderRoster;
  readonly engines: Engines;
  readonly vaultKeys: VaultKeys;
  /** Whether callers have to say who they are. */
  readonly isAsked: boolean;
  /** Who hears of events in this process. */
  readonly listeners: InProcessBus;
}

export interface Composed {
  readonly host: Host<Bound>;
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
  container.bind(id.METRICS).toConstantValue(parts.metrics);
  container.bind(id.STORE).toConstantValue(parts.metrics.store(parts.engines.store));
  container.bind(id.STORE_TO_READ).toConstantValue(parts.engines.store);
  container.bind(id.VAULT).toConstantValue(createVault(parts.vaultKeys));
  container.bind(id.ACCESS).toConstantValue(accessOf(parts));
  container.bind(id.OUTER_BUS).toConstantValue(parts.engines.bus);
  container.bind(id.INNER_BUS).toConstantValue(parts.listeners);
  container.bind(id.REPLICA).toConstantValue(randomUUID());
  container.bind(id.REGISTER).toConstantValue(parts.engines.register);
  container.bind(id.CLOSE).toConstantValue(parts.engines.close);
}

function accessOf({ isAsked, engines, vaultKeys, settings, time: clock, logger }: OpenedParts): Access {
  return createAccess({ isAsked, keys: engines.store.apiKeys, vaultKeys, settings, clock, logger });
}
