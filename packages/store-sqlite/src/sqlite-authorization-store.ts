import type { DatabaseSync } from "node:sqlite";
import { type AuthorizationStore, type Instant, MOST_PENDING_OF_USER, type PendingAuthorization } from "@bg-ingest/core";
import { attempt, uncancelled } from "./attempt.ts";
import type { StoreTime } from "./store-time.ts";
import type { WriteBatcher } from "./write-batcher.ts";

export interface AuthorizationStoreDeps {
  readonly database: DatabaseSync;
  readonly batcher: WriteBatcher;
  readonly time: StoreTime;
  /** Called after an erase: what the write-ahead log still holds of it is to go. */
  readonly scrub: () => void;
}

export interface SqliteAuthorizationStore extends AuthorizationStore {
  /** Nothing is deleted any more because it has expired. */
  end(): void;
}

/** What nobody comes back to names a person all the same: it is deleted when it has expired, though nobody begins anything again. */
export function createSqliteAuthorizationStore({ database, batcher, time, scrub }: AuthorizationStoreDeps): SqliteAuthorizationStore {
  const table = createAuthorizationTable(database);
  let callOff: (() => void) | null = null;

  function forgetAt(expiresAt: Instant | null): void {
    if (expiresAt === null || callOff !== null) return;
    callOff = time.after(Math.max(0, expiresAt * 1000 - time.nowMs()) + WAIT_MORE_MS, () => {
      callOff = null;
      void forgetExpired();
    });
  }

  async function forgetExpired(): Promise<void> {
    const now = Math.floor(time.nowMs() / 1000) as Instant;
    const forgotten = await batcher.write(() => ({ count: table.forgetExpired(now), next: table.firstToExpire() }), uncancelled);
    if (forgotten.isErr()) return forgetAt(now);
    if (forgotten.value.count > 0) scrub();
    forgetAt(forgotten.value.next);
  }

  forgetAt(attempt(table.firstToExpire).unwrapOr(null));
  return {
    end: () => callOff?.(),
    begin: (pending, call) => batcher.write(() => table.begin(pending), call).andTee(() => forgetAt(pending.expiresAt)),
    waiting: (stateDigest, now, call) => batcher.write(() => table.waiting(stateDigest, now), call),
    take: (stateDigest, now, call) => batcher.write(() => table.take(stateDigest, now), call),
    eraseUser: (userId, call) => batcher.write(() => table.eraseUser(userId), call).andTee(scrub),
  };
}

/** All that began within it goes at once; a store that is busy is asked again after it. */
const WAIT_MORE_MS = 60_000;

function createAuthorizationTable(database: DatabaseSync) {
  const first = database.prepare("SELECT min(expires_at) AS expiresAt FROM authorizations");
  const forgetExpired = database.prepare("DELETE FROM authorizations WHERE expires_at <= ?");
  const insert = database.prepare(`
    INSERT INTO authorizations (state, browser, user, provider, source, begun_at, expires_at)
    VALUES (:stateDigest, :browserDigest, :userId, :provider, :sourceId, :begunAt, :expiresAt)`);
  const forgetOldest = database.prepare(`
    DELETE FROM authorizations WHERE position IN (
      SELECT position FROM authorizations WHERE user = ? ORDER BY begun_at DESC, position DESC LIMIT -1 OFFSET ${MOST_PENDING_OF_USER})`);
  const fields = `state AS stateDigest, browser AS browserDigest, user AS userId, provider, source AS sourceId, begun_at AS begunAt,
      expires_at AS expiresAt`;
  const waiting = database.prepare(`SELECT ${fields} FROM authorizations WHERE state = ?`);
  const take = database.prepare(`DELETE FROM authorizations WHERE state = ? RETURNING ${fields}`);
  const eraseUser = database.prepare("DELETE FROM authorizations WHERE user = ?");

  return {
    begin(pending: PendingAuthorization): void {
      forgetExpired.run(pending.begunAt);
      insert.run({ ...pending });
      forgetOldest.run(pending.userId);
    },
    /** Answers how many there were. */
    forgetExpired: (now: Instant): number => Number(forgetExpired.run(now).changes),
    firstToExpire: () => (first.get() as { readonly expiresAt: Instant | null }).expiresAt,
    waiting: (stateDigest: string, now: Instant) => unexpired(waiting.get(stateDigest), now),
    take: (stateDigest: string, now: Instant) => unexpired(take.get(stateDigest), now),
    eraseUser: (userId: string): void => void eraseUser.run(userId),
  };
}

function unexpired(row: unknown, now: Instant): PendingAuthorization | null {
  const pending = row as PendingAuthorization | undefined;
  return pending === undefined || pending.expiresAt <= now ? null : { ...pending };
}
