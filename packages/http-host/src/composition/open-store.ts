import type { AuthorizationStore, Clock, ConnectionStore, Logger, RateLedger, ReadingStore, WorkQueue } from "@bg-ingest/core";
import { openSqliteStore } from "@bg-ingest/store-sqlite";
import type { Result } from "neverthrow";
import type { Timers } from "../scheduler/timers.ts";
import type { Settings } from "../settings/settings-schema.ts";

export { STORE_FILE_NAME } from "@bg-ingest/store-sqlite";

/** Every port that keeps something. */
export interface Store {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly authorizations: AuthorizationStore;
  readonly queue: WorkQueue;
  readonly rateLedger: RateLedger;
  close(): Promise<void>;
}

/** A delivery waits while its source is being polled; so many sources may hang before somebody else's delivery waits too. */
const PARALLEL_DELIVERIES = 32;

/** Opens the store that the settings name. `message` is for the person who starts the service. */
export function openStore(settings: Settings, time: Clock & Timers, logger: Logger): Result<Store, { readonly message: string }> {
  return openSqliteStore({ dataDir: settings.dataDir, time, logger, parallelDeliveries: PARALLEL_DELIVERIES });
}
