import type { AuthorizationStore } from "../../ports/authorization-store.ts";
import type { Chance } from "../../ports/chance.ts";
import type { Checkpoint } from "../../ports/checkpoint.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { Digest } from "../../ports/digest.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { LoadedProviders } from "../../ports/loaded-provider.ts";
import type { Logger } from "../../ports/logger.ts";
import type { CountPage } from "../../ports/page-count.ts";
import type { RateBudget } from "../../ports/rate-budget.ts";
import type { ReadingStore } from "../../ports/reading-store.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Vault } from "../../ports/vault.ts";
import type { WorkQueue } from "../../ports/work-queue.ts";
import type { Instant } from "../../reading/instant.ts";
import type { BackoffPolicy } from "./backoff.ts";

export interface IngestSettings {
  /** Between two polls of a source; a slower provider's cadence takes its place. */
  readonly pollIntervalSeconds: number;
  readonly backoff: BackoffPolicy;
}

/** What ingest stands on. */
export interface IngestDeps {
  /** Names this process among all that share the stores: random, and another one at each start. */
  readonly replica: string;
  /** Nobody else can write these stores while this process does, because a lock that ends with the process says so. Absent: others may. */
  readonly isAlone?: boolean;
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly authorizations: Pick<AuthorizationStore, "eraseUser">;
  readonly bus: EventBus;
  readonly queue: Pick<WorkQueue, "eraseSource">;
  readonly budget: RateBudget;
  readonly vault: Vault;
  readonly providers: LoadedProviders;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
  readonly logger: Logger;
  readonly checkpoint: Checkpoint;
  /** Where somebody counts. */
  readonly countPage?: CountPage;
  readonly settings: IngestSettings;
  /** Where deliveries for a source are taken; absent, or `null`, where no vendor can reach the service: then none is asked to call. */
  readonly callbackUrl?: (record: SourceRecord) => URL | null;
}

export function nowOf(clock: { nowMs(): number }): Instant {
  return Math.floor(clock.nowMs() / 1000) as Instant;
}
