import { createHash, randomUUID } from "node:crypto";
import type { Clock, IngestDeps, LoadedProviders, RateLedger } from "@bg-ingest/core";
import { createRateBudget } from "../../../packages/http-host/src/budget/rate-budget.ts";
import { createInProcessBus } from "../../../packages/http-host/src/bus/in-process-bus.ts";
import { createVault, newVaultKey, parseVaultKey, type VaultKey } from "../../../packages/http-host/src/vault/vault.ts";
import { silentLogger } from "./silent-logger.ts";

export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

type Stores = Pick<IngestDeps, "readings" | "connections" | "authorizations" | "queue"> & { readonly rateLedger: RateLedger };

/** Ingest as the service composes it, over a given store. */
export function createIngestDeps(store: Stores, providers: LoadedProviders = new Map(), clock: Clock = systemClock): IngestDeps {
  return {
    replica: randomUUID(),
    readings: store.readings,
    connections: store.connections,
    authorizations: store.authorizations,
    queue: store.queue,
    bus: createInProcessBus(),
    budget: createRateBudget(providers, { ledger: store.rateLedger, clock, chance: Math.random, providerDeadlineMs: 30_000 }),
    vault: createVault([parseVaultKey(newVaultKey()) as VaultKey]),
    providers,
    clock,
    chance: Math.random,
    digest: (text) => createHash("sha256").update(text).digest("hex"),
    logger: silentLogger,
    checkpoint: () => undefined,
    settings: { pollIntervalSeconds: 900, backoff: { firstSeconds: 30, longestSeconds: 3_600 } },
  };
}
