import type {
  Checkpoint,
  Clock,
  Cluster,
  EventBus,
  Ingest,
  LoadedProviders,
  Logger,
  RateBudget,
  ReadingQueries,
  ReplicaRegister,
  Subscriptions,
  Vault,
} from "@bg-ingest/core";
import type { FastifyInstance } from "fastify";
import type { ServiceIdentifier } from "inversify";
import type { Access } from "../access/access.ts";
import type { HostRateBudget } from "../budget/rate-budget.ts";
import type { InProcessBus } from "../bus/in-process-bus.ts";
import type { Deliveries } from "../deliveries/deliveries.ts";
import type { Bound, Host } from "../host.ts";
import type { ConnectionUseCases, HttpDeps } from "../http/http-deps.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Timers } from "../scheduler/timers.ts";
import type { Settings } from "../settings/settings-schema.ts";
import type { Bus, Store } from "./engines.ts";

const identify = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`bg-ingest.${name}`);

export const SETTINGS = identify<Settings>("settings");
export const LOGGER = identify<Logger>("logger");
export const CLOCK = identify<Clock>("clock");
export const TIMERS = identify<Timers>("timers");
export const CHECKPOINT = identify<Checkpoint>("checkpoint");
export const PROVIDERS = identify<LoadedProviders>("providers");
export const STORE = identify<Store>("store");
/** The same where calls are not measured: a request that reads is measured as a whole. */
export const STORE_TO_READ = identify<Store>("store to read");
export const ACCESS = identify<Access>("access");
export const VAULT = identify<Vault>("vault");
/** Outside this process, and who hears in it. */
export const OUTER_BUS = identify<Bus | null>("outer bus");
export const INNER_BUS = identify<InProcessBus>("inner bus");
export const BUS = identify<EventBus>("bus");
/** The name of this process among all that share the store. */
export const REPLICA = identify<string>("replica");
export const REGISTER = identify<ReplicaRegister | null>("register");
export const CLUSTER = identify<Cluster>("cluster");
export const CLOSE = identify<() => Promise<void>>("close");
/** With what is left, for whoever measures. */
export const HOST_BUDGET = identify<HostRateBudget>("host budget");
export const BUDGET = identify<RateBudget>("budget");
export const INGEST = identify<Ingest>("ingest");
export const QUERIES = identify<ReadingQueries>("queries");
export const METRICS = identify<Metrics>("metrics");
/** The same, told whom to ask how all stands. */
export const SURVEYED_METRICS = identify<Metrics>("surveyed metrics");
export const SUBSCRIPTIONS = identify<Subscriptions>("subscriptions");
export const SCHEDULER = identify<Scheduler>("scheduler");
export const CONNECTIONS = identify<ConnectionUseCases>("connections");
export const DELIVERIES = identify<Deliveries>("deliveries");
export const READINESS = identify<HttpDeps["readiness"]>("readiness");
/** Wrapped, because a fastify instance can be awaited and the container would wait for it. */
export const HTTP = identify<{ readonly app: FastifyInstance }>("http");
export const HOST = identify<Host<Bound>>("host");
