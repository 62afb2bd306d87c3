import { createIngest, createReadingQueries, createSubscriptions, type IngestDeps, type SourceRecord } from "@bg-ingest/core";
import type { Container } from "inversify";
import { createRateBudget } from "../budget/rate-budget.ts";
import { bothBuses } from "../bus/both-buses.ts";
import { webhookUrl } from "../connections/webhook-url.ts";
import { createDelay } from "../plugins/delay.ts";
import type { Settings } from "../settings/settings-schema.ts";
import { digest } from "./digest.ts";
import type { Bus, Store } from "./engines.ts";
import * as id from "./service-identifiers.ts";

/** The use cases of the core over what was opened. */
export function bindDomain(container: Container): void {
  container
    .bind(id.HOST_BUDGET)
    .toResolvedValue(
      (providers, { rateLedger: ledger }: Store, clock, { providerDeadlineSeconds }: Settings) =>
        createRateBudget(providers, { ledger, clock, chance: Math.random, providerDeadlineMs: providerDeadlineSeconds * 1000 }),
      [id.PROVIDERS, id.STORE, id.CLOCK, id.SETTINGS],
    );
  container.bind(id.BUDGET).toResolvedValue((budget, metrics) => metrics.budget(budget), [id.HOST_BUDGET, id.METRICS]);
  container
    .bind(id.QUERIES)
    .toResolvedValue(({ readings, connections }: Store) => createReadingQueries({ readings, connections }), [id.STORE_TO_READ]);
  container.bind(id.SUBSCRIPTIONS).toResolvedValue(
    ({ connections }: Store, budget, vault, providers, logger, timers, { publicUrl }: Settings) =>
      createSubscriptions({
        connections,
        budget,
        vault,
        providers,
        logger,
        delay: createDelay(timers),
        callbackUrl: callbackUrlOf(publicUrl),
      }),
    [id.STORE, id.BUDGET, id.VAULT, id.PROVIDERS, id.LOGGER, id.TIMERS, id.SETTINGS],
  );
  container
    .bind(id.BUS)
    .toResolvedValue(
      (outer: Bus | null, inner, metrics) => metrics.bus(outer === null ? inner : bothBuses(outer.events, inner)),
      [id.OUTER_BUS, id.INNER_BUS, id.METRICS],
    );
  container.bind(id.INGEST).toResolvedValue(
    (store: Store, replica, bus, budget, vault, providers, clock, logger, checkpoint, metrics, settings: Settings) => {
      const { isExclusive: isAlone, ...ports } = store;
      const deps: IngestDeps = {
        ...ports,
        isAlone,
        replica,
        bus,
        budget,
        vault,
        providers,
        clock,
        logger,
        checkpoint,
        countPage: metrics.countPage,
        chance: Math.random,
        digest,
        settings: ingestSettings(settings),
        callbackUrl: callbackUrlOf(settings.publicUrl),
      };
      return createIngest(deps);
    },
    [id.STORE, id.REPLICA, id.BUS, id.BUDGET, id.VAULT, id.PROVIDERS, id.CLOCK, id.LOGGER, id.CHECKPOINT, id.METRICS, id.SETTINGS],
  );
}

function callbackUrlOf(publicUrl: Settings["publicUrl"]): (record: SourceRecord) => URL | null {
  return (record) => (publicUrl === undefined ? null : webhookUrl(publicUrl, record));
}

function ingestSettings({ pollIntervalSeconds, backoffFirstSeconds, backoffLongestSeconds }: Settings): IngestDeps["settings"] {
  return { pollIntervalSeconds, backoff: { firstSeconds: backoffFirstSeconds, longestSeconds: backoffLongestSeconds } };
}
