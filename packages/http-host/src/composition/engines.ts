import type {
  ApiKeyStore,
  AsyncResult,
  AuthorizationStore,
  BusError,
  Call,
  Clock,
  ConnectionStore,
  EventBus,
  Logger,
  RateLedger,
  ReadingStore,
  ReplicaRegister,
  WorkQueue,
} from "@bg-ingest/core";
import type { Timers } from "../scheduler/timers.ts";
import type { Settings } from "../settings/settings-schema.ts";

/** Every port that keeps something. */
export interface Store {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly authorizations: AuthorizationStore;
  readonly apiKeys: ApiKeyStore;
  readonly queue: WorkQueue;
  readonly rateLedger: RateLedger;
  /** Nobody else writes it while this process has it open: a lock says so that ends with the process. */
  readonly isExclusive: boolean;
}

/** Whom events are told to outside this process. */
export interface Bus {
  readonly events: EventBus;
  /** Whether it takes events at the moment. */
  check(call: Call): AsyncResult<void, BusError>;
}

/** What the settings name, opened. */
export interface Engines {
  readonly store: Store;
  /** `null` where events are told inside this process alone. */
  readonly bus: Bus | null;
  /** Where replicas meet; `null` where there can be one process only. */
  readonly register: ReplicaRegister | null;
  /** Nothing was kept there before, as far as that can be told. */
  readonly isFirstStart: boolean;
  /** What is shared is closed last. */
  close(): Promise<void>;
}

export interface EngineDeps {
  readonly settings: Settings;
  readonly time: Clock & Timers;
  readonly logger: Logger;
}

/** Why the service does not start, for the person who starts it. */
export interface EnginesRefused {
  readonly message: string;
}
