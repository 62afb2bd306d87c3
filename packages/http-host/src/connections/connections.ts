import {
  type ApiKeyStore,
  type Call,
  type Clock,
  type ConnectionStore,
  connectByLogin,
  disconnectSource,
  finishOAuth,
  type Ingest,
  type Instant,
  livingSourceFor,
  type OAuthDeps,
  type OverviewDeps,
  overviewOf,
  permit,
  type SourceRecord,
  type Subscriptions,
  startOAuth,
} from "@bg-ingest/core";
import { err } from "neverthrow";
import type { ConnectionUseCases } from "../http/http-deps.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

export interface ConnectionsDeps {
  readonly connect: OAuthDeps;
  readonly overview: OverviewDeps;
  readonly store: ConnectionStore;
  readonly apiKeys: Pick<ApiKeyStore, "eraseSubject">;
  readonly subscriptions: Subscriptions;
  readonly ingest: Ingest;
  readonly scheduler: Pick<Scheduler, "wake">;
  readonly clock: Clock;
}

/** What can be done with a person's connections. Each change takes effect in the schedule at once, and the bus is told; then the vendor. */
export function createConnections(deps: ConnectionsDeps): ConnectionUseCases {
  const now = () => Math.floor(deps.clock.nowMs() / 1000) as Instant;

  /** What was remembered of a source no longer holds; whatever is due now is done now. */
  async function changed(record: SourceRecord, call: Call): Promise<void> {
    deps.ingest.forget(record.sourceId);
    deps.scheduler.wake(record);
    await deps.ingest.tellState(record, call);
  }

  return {
    overview: (userId, at, call) => overviewOf(deps.overview, userId, at, call),
    nextAttemptAt(record) {
      const atMs = deps.ingest.remembered(record.sourceId)?.nextAttemptAtMs ?? null;
      return atMs === null ? null : (Math.ceil(atMs / 1000) as Instant);
    },
    async connect(userId, provider, fields, call) {
      const connected = await connectByLogin(deps.connect, userId, provider, fields, call);
      if (connected.isOk()) await changed(connected.value.record, call);
      return connected;
    },
    startConsent: (userId, provider, browserSecret, call) => startOAuth(deps.connect, userId, provider, { browserSecret }, call),
    async finishConsent(provider, callback, call) {
      const connected = await finishOAuth(deps.connect, provider, callback, call);
      if (connected.isOk()) await changed(connected.value.record, call);
      return connected;
    },
    async disconnect(userId, provider, call) {
      const living = await livingSourceFor("write", deps.store, userId, provider, call);
      if (living.isErr() || living.value === null) return living;
      // What the vendor is asked with is looked up first: disconnecting deletes it.
      const end = await deps.subscriptions.ending(living.value, call);
      const record = await disconnectSource(deps.store, userId, provider, now(), call);
      if (record.isErr() || record.value === null) return record;
      await changed(record.value, call);
      await end(call);
      return record;
    },
    async pollNow(userId, provider, call) {
      const record = await livingSourceFor("write", deps.store, userId, provider, call);
      if (record.isErr() || record.value === null) return record.map(() => null);
      const wanted = await deps.ingest.wantPoll(record.value, call);
      if (wanted.isOk() && wanted.value === "wanted") deps.scheduler.wake(record.value);
      return wanted;
    },
    async setAside(userId, provider, page, call) {
      const record = await livingSourceFor("read", deps.store, userId, provider, call);
      if (record.isErr() || record.value === null) return record.map(() => null);
      return deps.store.setAsideOf(record.value, page, call);
    },
    async erase(userId, call) {
      const permitted = permit(call.caller, "admin", userId);
      if (permitted.isErr()) return err(permitted.error);
      const records = await deps.store.recordsOf(userId, call);
      if (records.isErr()) return err(records.error);
      const living = records.value.filter(({ phase }) => phase !== "erased");
      const endings = await Promise.all(living.map((record) => deps.subscriptions.ending(record, call)));
      const erased = await deps.ingest.erase(userId, call);
      if (erased.isErr()) return erased;
      // Keys that were for this person alone name the person.
      const keys = await deps.apiKeys.eraseSubject(userId, call);
      if (keys.isErr()) return err(keys.error);
      for (const record of records.value) deps.scheduler.wake(record);
      await Promise.all(endings.map((end) => end(call)));
      return erased;
    },
  };
}
