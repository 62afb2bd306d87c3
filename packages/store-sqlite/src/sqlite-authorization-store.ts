import type { DatabaseSync } from "node:sqlite";
import { type AuthorizationStore, type Instant, MOST_PENDING_OF_USER, type PendingAuthorization } from "@bg-ingest/core";
import type { WriteBatcher } from "./write-batcher.ts";

export interface AuthorizationStoreDeps {
  readonly database: DatabaseSync;
  readonly batcher: WriteBatcher;
  /** Called after an erase: what the write-ahead log still holds of it is to go. */
  readonly scrub: () => void;
}

export function createSqliteAuthorizationStore({ database, batcher, scrub }: AuthorizationStoreDeps): AuthorizationStore {
  const table = createAuthorizationTable(database);
  return {
    begin: (pending, call) => batcher.write(() => table.begin(pending), call),
    waiting: (stateDigest, now, call) => batcher.write(() => table.waiting(stateDigest, now), call),
    take: (stateDigest, now, call) => batcher.write(() => table.take(stateDigest, now), call),
    eraseUser: (userId, call) => batcher.write(() => table.eraseUser(userId), call).andTee(scrub),
  };
}

function createAuthorizationTable(database: DatabaseSync) {
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
    waiting: (stateDigest: string, now: Instant) => unexpired(waiting.get(stateDigest), now),
    take: (stateDigest: string, now: Instant) => unexpired(take.get(stateDigest), now),
    eraseUser: (userId: string): void => void eraseUser.run(userId),
  };
}

function unexpired(row: unknown, now: Instant): PendingAuthorization | null {
  const pending = row as PendingAuthorization | undefined;
  return pending === undefined || pending.expiresAt <= now ? null : { ...pending };
}
