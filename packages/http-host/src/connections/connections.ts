import {
  type Call,
  type Clock,
  type ConnectDeps,
  type ConnectError,
  type Connected,
  type ConnectionOverview,
  type ConnectionStore,
  connectByLogin,
  connectionChangedEvent,
  disconnectSource,
  type EventBus,
  type Ingest,
  type Instant,
  type LoadedProviders,
  type Logger,
  type LoginFields,
  type OverviewDeps,
  overviewOf,
  type ProviderName,
  type SetAsidePage,
  type SourceRecord,
  type StoreError,
  type UserId,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** `unknown_provider`: none of that name is loaded. `unknown_connection`: the user has no living connection to it. */
export type ConnectionsError =
  | { readonly kind: "unknown_provider" }
  | { readonly kind: "unknown_connection" }
  | { readonly kind: "store"; readonly error: StoreError };

/** What can be done with a person's connections. Each change takes effect in the schedule at once. */
export interface Connections {
  connect(
    userId: UserId,
    provider: ProviderName,
    fields: LoginFields,
    call: Call,
  ): Promise<Result<Connected, ConnectError | ConnectionsError>>;
  overview(userId: UserId, call: Call): Promise<Result<readonly ConnectionOverview[], StoreError>>;
  setAside(userId: UserId, provider: ProviderName, page: SetAsideRequest, call: Call): Promise<Result<SetAsidePage, ConnectionsError>>;
  /** `not_asked`: the person has to connect again first. */
  pollNow(userId: UserId, provider: ProviderName, call: Call): Promise<Result<"wanted" | "not_asked", ConnectionsError>>;
  disconnect(userId: UserId, provider: ProviderName, call: Call): Promise<Result<void, ConnectionsError>>;
  erase(userId: UserId, call: Call): Promise<Result<"erased" | "unknown_user", StoreError>>;
}

export interface SetAsideRequest {
  readonly limit: number;
  readonly after: string | null;
}

export interface ConnectionsDeps {
  readonly connect: ConnectDeps;
  readonly overview: OverviewDeps;
  readonly providers: LoadedProviders;
  readonly store: ConnectionStore;
  readonly ingest: Ingest;
  readonly scheduler: Pick<Scheduler, "wake">;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createConnections(deps: ConnectionsDeps): Connections {
  const now = () => Math.floor(deps.clock.nowMs() / 1000) as Instant;

  async function recordOf(userId: UserId, provider: ProviderName, call: Call): Promise<Result<SourceRecord, ConnectionsError>> {
    const records = await deps.store.recordsOf(userId, call);
    if (records.isErr()) return err({ kind: "store", error: records.error });
    const record = records.value.find((each) => each.provider === provider && each.phase !== "erased");
    return record === undefined ? err({ kind: "unknown_connection" }) : ok(record);
  }

  /** What was remembered of a source no longer holds; whatever is due now is done now. */
  async function changed(record: SourceRecord, call: Call): Promise<void> {
    deps.ingest.forget(record.sourceId);
    deps.scheduler.wake(record);
    const told = await deps.bus.publish([connectionChangedEvent(record, now())], call);
    if (told.isErr())
      deps.logger.warn({ source: record.sourceId, reason: told.error.message }, "The bus was not told of a changed connection.");
  }

  return {
    async connect(userId, provider, fields, call) {
      const loaded = deps.providers.get(provider);
      if (loaded === undefined) return err({ kind: "unknown_provider" });
      const connected = await connectByLogin(deps.connect, userId, loaded, fields, call);
      if (connected.isOk()) await changed(connected.value.record, call);
      return connected;
    },
    overview: (userId, call) => overviewOf(deps.overview, userId, now(), call),
    async setAside(userId, provider, page, call) {
      const record = await recordOf(userId, provider, call);
      if (record.isErr()) return err(record.error);
      const records = await deps.store.setAsideOf(record.value, page, call);
      return records.mapErr((error) => ({ kind: "store", error }));
    },
    async pollNow(userId, provider, call) {
      const record = await recordOf(userId, provider, call);
      if (record.isErr()) return err(record.error);
      const wanted = await deps.ingest.wantPoll(record.value, call);
      if (wanted.isErr()) return err({ kind: "store", error: wanted.error });
      if (wanted.value === "wanted") deps.scheduler.wake(record.value);
      return ok(wanted.value);
    },
    async disconnect(userId, provider, call) {
      const record = await disconnectSource(deps.store, userId, provider, now(), call);
      if (record.isErr()) return err({ kind: "store", error: record.error });
      if (record.value === null) return err({ kind: "unknown_connection" });
      await changed(record.value, call);
      return ok(undefined);
    },
    async erase(userId, call) {
      const records = await deps.store.recordsOf(userId, call);
      const erased = await deps.ingest.erase(userId, call);
      if (records.isOk() && erased.isOk()) for (const record of records.value) deps.scheduler.wake(record);
      return erased;
    },
  };
}
