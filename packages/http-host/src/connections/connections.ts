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
  type UserId,
} from "@bg-ingest/core";
import { err, ok } from "neverthrow";
import type { ConnectionUseCases } from "../http/http-deps.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

export interface ConnectionsDeps {
  readonly connect: OAuthDeps;
  readonly overview: OverviewDeps;
  readonly store: ConnectionStore;
  readonly apiKeys: Pick<ApiKeyStore, "eraseSubject">;
  readonly subscriptions: Subscriptions;
  readonly ingest: Ingest;
  readonly scheduler: Pick<Scheduler, "wake" | "recheck">;
  readonly clock: Clock;
}

/** That a vendor need not call any more is told it though nobody waits for the answer: it would not be told later. It has a deadline of its own. */
const uncancelled: Call = { signal: new AbortController().signal };

/** What can be done with a person's connections. Each change takes effect in the schedule at once, and the bus is told; then the vendor. */
export function createConnections(deps: ConnectionsDeps): ConnectionUseCases {
  const now = () => Math.floor(deps.clock.nowMs() / 1000) as Instant;

  /** What was remembered of a source no longer holds; whatever is due now is done now. */
  async function changed(record: SourceRecord, call: Call): Promise<void> {
    lookAgain(record);
    await deps.ingest.tellState(record, call);
  }

  /** It may have been written or not: what was remembered of it holds no longer. */
  function lookAgain(record: SourceRecord): void {
    deps.ingest.forget(record.sourceId);
    deps.scheduler.wake(record);
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
      const left = await disconnectSource(deps.store, userId, provider, now(), call);
      if (left.isErr()) lookAgain(living.value);
      const record = left.isOk() ? (left.value?.record ?? null) : await leftAfterAll(deps.store, living.value);
      if (record !== null) {
        // Whatever became of the credentials.
        await changed(record, call);
        await end(uncancelled);
      }
      if (left.isErr()) return err(left.error);
      return left.value === null || left.value.undeleted === null ? ok(record) : err(left.value.undeleted);
    },
    async pollNow(userId, provider, call) {
      const record = await livingSourceFor("write", deps.store, userId, provider, call);
      if (record.isErr() || record.value === null) return record.map(() => null);
      const wanted = await deps.ingest.wantPoll(record.value, call);
      // Whatever the answer: of a source that is another replica's, this one knows only for having been asked.
      deps.scheduler.recheck(record.value);
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
      // Of those that were erased as well: somebody may have died before the vendor was told.
      const endings = await Promise.all(
        records.value.map(async (record) => ({ record, end: await deps.subscriptions.ending(record, call) })),
      );
      const erased = await deps.ingest.erase(userId, call);
      for (const record of records.value) deps.scheduler.wake(record);
      const isEnded = erased.isOk() ? () => true : await endedOf(deps.store, userId);
      await Promise.all(endings.filter(({ record }) => isEnded(record)).map(({ end }) => end(uncancelled)));
      if (erased.isErr()) return erased;
      // Keys that were for this person alone name the person.
      const keys = await deps.apiKeys.eraseSubject(userId, call);
      return keys.isErr() ? err(keys.error) : erased;
    },
  };
}

/** A store that fails may have written what it was given. */
async function leftAfterAll(store: Pick<ConnectionStore, "recordsOf">, { userId, sourceId }: SourceRecord): Promise<SourceRecord | null> {
  const records = await store.recordsOf(userId, uncancelled);
  return records.unwrapOr([]).find((record) => record.sourceId === sourceId && record.phase === "disconnected") ?? null;
}

/** An erase that failed midway has ended some sources of a person, of which the vendor need not call any more, and left others. */
async function endedOf(store: Pick<ConnectionStore, "recordsOf">, userId: UserId): Promise<(record: SourceRecord) => boolean> {
  const records = await store.recordsOf(userId, uncancelled);
  if (records.isErr()) return () => false;
  const living = new Set(records.value.filter(({ phase }) => phase !== "erased").map(({ sourceId }) => sourceId));
  return ({ sourceId }) => !living.has(sourceId);
}
