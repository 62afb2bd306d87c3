import { type ReplicaRegister, SECONDS_PER_DAY } from "@bg-ingest/core";
import type { Container } from "inversify";
import { createReplicaCluster } from "../cluster/replica-cluster.ts";
import { soleReplica } from "../cluster/sole-replica.ts";
import { createConnections } from "../connections/connections.ts";
import { newConnectId, newOAuthState, newSourceId, newWebhookSecret } from "../connections/new-identifiers.ts";
import { createDeliveries } from "../deliveries/deliveries.ts";
import { createHostOf } from "../host.ts";
import { createHttpApp } from "../http/app.ts";
import { type HttpLimits, type HttpOptions, USUAL_LIMITS } from "../http/http-deps.ts";
import { whyNotLoaded } from "../plugins/failed-providers.ts";
import type { ProviderRoster } from "../plugins/provider-roster.ts";
import { createReadiness } from "../readiness/readiness.ts";
import { createScheduler, type SchedulerLimits } from "../scheduler/scheduler.ts";
import type { Settings } from "../settings/settings-schema.ts";
import { digest } from "./digest.ts";
import type { Bus, Store } from "./engines.ts";
import * as id from "./service-identifiers.ts";

const SCHEDULER_LIMITS: SchedulerLimits = { livePolls: 64, backfills: 4, tendSeconds: 600, lookSeconds: 300 };

/** What makes a service of the use cases. */
export function bindService(container: Container, roster: ProviderRoster): void {
  const absence = whyNotLoaded(roster.failed);
  container.bind(id.CLUSTER).toResolvedValue(
    (register: ReplicaRegister | null, replica, clock, timers, logger, { heartbeatSeconds, bus }: Settings) =>
      register === null
        ? soleReplica
        : createReplicaCluster({
            replica,
            register,
            clock,
            timers,
            logger,
            heartbeatMs: heartbeatSeconds * 1000,
            sharesAll: bus === "rabbitmq",
          }),
    [id.REGISTER, id.REPLICA, id.CLOCK, id.TIMERS, id.LOGGER, id.SETTINGS],
  );
  container
    .bind(id.SCHEDULER)
    .toResolvedValue(
      (ingest, { connections }: Store, cluster, clock, timers, logger) =>
        createScheduler({ ingest, connections, cluster, clock, timers, logger, limits: SCHEDULER_LIMITS }),
      [id.INGEST, id.STORE, id.CLUSTER, id.CLOCK, id.TIMERS, id.LOGGER],
    );
  container.bind(id.DELIVERIES).toResolvedValue(
    ({ connections, queue }: Store, vault, providers, checkpoint, ingest, scheduler, logger) =>
      createDeliveries({
        receive: { connections, vault, providers, whyNotLoaded: absence, queue, checkpoint },
        queue,
        ingest,
        scheduler,
        logger,
      }),
    [id.STORE, id.VAULT, id.PROVIDERS, id.CHECKPOINT, id.INGEST, id.SCHEDULER, id.LOGGER],
  );
  container.bind(id.CONNECTIONS).toResolvedValue(
    (
      { connections, readings, authorizations, apiKeys }: Store,
      vault,
      providers,
      clock,
      checkpoint,
      ingest,
      scheduler,
      { pollIntervalSeconds, backfillDays }: Settings,
      subscriptions,
      budget,
    ) =>
      createConnections({
        connect: {
          connections,
          authorizations,
          budget,
          vault,
          clock,
          checkpoint,
          digest,
          newSourceId,
          newConnectId,
          newWebhookSecret,
          newState: newOAuthState,
          backfillSeconds: secondsOf(backfillDays),
        },
        overview: { connections, readings, providers, whyNotLoaded: absence, pollIntervalSeconds, knownNow: (of) => ingest.remembered(of) },
        store: connections,
        apiKeys,
        subscriptions,
        ingest,
        scheduler,
        clock,
      }),
    [id.STORE, id.VAULT, id.PROVIDERS, id.CLOCK, id.CHECKPOINT, id.INGEST, id.SCHEDULER, id.SETTINGS, id.SUBSCRIPTIONS, id.BUDGET],
  );
  container
    .bind(id.READINESS)
    .toResolvedValue(
      ({ connections }: Store, scheduler, cluster, bus: Bus | null) => createReadiness({ connections, scheduler, cluster, bus }),
      [id.STORE, id.SCHEDULER, id.CLUSTER, id.OUTER_BUS],
    );
  container.bind(id.SURVEYED_METRICS).toResolvedValue(
    (metrics, ingest, scheduler, { queue }: Store, providers, budget, clock, { pollIntervalSeconds }: Settings) => {
      metrics.survey({ ingest, scheduler, queue, providers, callsLeft: () => budget.left(), clock, pollIntervalSeconds });
      return metrics;
    },
    [id.METRICS, id.INGEST, id.SCHEDULER, id.STORE, id.PROVIDERS, id.HOST_BUDGET, id.CLOCK, id.SETTINGS],
  );
  container.bind(id.HTTP).toResolvedValue(
    (queries, providers, connections, access, deliveries, readiness, clock, logger, metrics, settings: Settings) => ({
      app: createHttpApp({
        queries,
        providers,
        notConfigured: roster.notConfigured,
        failed: roster.failed,
        connections,
        access,
        receiveDelivery: deliveries.receive,
        readiness,
        clock,
        logger,
        metrics: { meter: metrics.http, text: (call) => metrics.text(call) },
        options: httpOptions(settings),
      }),
    }),
    [
      id.QUERIES,
      id.PROVIDERS,
      id.CONNECTIONS,
      id.ACCESS,
      id.DELIVERIES,
      id.READINESS,
      id.CLOCK,
      id.LOGGER,
      id.SURVEYED_METRICS,
      id.SETTINGS,
    ],
  );
  container
    .bind(id.HOST)
    .toResolvedValue(
      ({ app }, scheduler, deliveries, closeEngines, settings, timers, logger) =>
        createHostOf({ app, scheduler, deliveries, closeEngines, settings, timers, logger }),
      [id.HTTP, id.SCHEDULER, id.DELIVERIES, id.CLOSE, id.SETTINGS, id.TIMERS, id.LOGGER],
    );
}

function secondsOf(days: number | undefined): number | null {
  return days === undefined ? null : days * SECONDS_PER_DAY;
}

function httpOptions(settings: Settings): HttpOptions {
  const { host, port, publicUrl, rangeLimitDays, webhookBodyLimitBytes, metricsToken, trustedProxies } = settings;
  return {
    host,
    port,
    publicUrl: publicUrl ?? null,
    rangeLimitDays,
    webhookBodyLimitBytes,
    metricsToken: metricsToken ?? null,
    trustedProxies: trustedProxies ?? [],
    limits: limitsOf(settings),
  };
}

const CALLER_REQUESTS_PER_SECOND = 50;
/** What connecting takes of the store beside the provider, at most. */
const BESIDE_PROVIDER_SECONDS = 5;

function limitsOf({ appEnv, callerRequestsPerSecond, callerConnections, requestsInFlight, ...settings }: Settings): HttpLimits {
  const connectSeconds = Math.max(USUAL_LIMITS.answerSeconds, settings.providerDeadlineSeconds) + BESIDE_PROVIDER_SECONDS;
  return {
    ...USUAL_LIMITS,
    connectSeconds,
    // Nothing moves on a connection whose caller waits for an answer.
    idleSeconds: Math.max(USUAL_LIMITS.idleSeconds, connectSeconds + BESIDE_PROVIDER_SECONDS),
    requestSeconds: settings.requestTimeoutSeconds,
    takingSeconds: settings.answerTimeoutSeconds,
    // However large one may be, there is room for a few.
    bodyBytes: Math.max(USUAL_LIMITS.bodyBytes, 8 * settings.webhookBodyLimitBytes),
    bodyBytesOfCaller: Math.max(USUAL_LIMITS.bodyBytesOfCaller, 2 * settings.webhookBodyLimitBytes),
    requestsInFlight,
    connectionsOfCaller: callerConnections,
    requestsPerSecondOfCaller: callerRequestsPerSecond ?? (appEnv === "development" ? null : CALLER_REQUESTS_PER_SECOND),
  };
}
