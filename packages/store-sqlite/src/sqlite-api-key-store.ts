import type { DatabaseSync } from "node:sqlite";
import type { ApiKey, ApiKeyStore } from "@bg-ingest/core";
import { answer } from "./attempt.ts";

const COLUMNS = `id, digest, name, scopes, subject, created_at AS createdAt, last_used_at AS lastUsedAt, revoked_at AS revokedAt`;

/** Each write is a transaction of its own, on disk when it is answered: there are few. */
export function createSqliteApiKeyStore(database: DatabaseSync): ApiKeyStore {
  const insert = database.prepare(`
    INSERT INTO api_keys (id, digest, name, scopes, subject, created_at, last_used_at, revoked_at)
    VALUES (:id, :digest, :name, :scopes, :subject, :createdAt, :lastUsedAt, :revokedAt) ON CONFLICT DO NOTHING`);
  const find = database.prepare(`SELECT ${COLUMNS} FROM api_keys WHERE id = ?`);
  const list = database.prepare(`SELECT ${COLUMNS} FROM api_keys ORDER BY created_at, id`);
  const revoke = database.prepare(`UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING ${COLUMNS}`);
  const noteUse = database.prepare("UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?");
  const erase = database.prepare(`
    UPDATE api_keys SET digest = '', name = '', scopes = '', subject = NULL, last_used_at = NULL, revoked_at = created_at WHERE subject = ?`);

  return {
    add: (key, call) => answer(call, () => (insert.run({ ...key, scopes: key.scopes.join(" ") }).changes === 1 ? "added" : "taken")),
    find: (id, call) => answer(call, () => keyOrNull(find.get(id))),
    list: (call) => answer<readonly ApiKey[]>(call, () => list.all().map(keyIn)),
    revoke: (id, at, call) => answer(call, () => keyOrNull(revoke.get(at, id))),
    noteUse: (id, at, call) => answer<void>(call, () => void noteUse.run(at, id)),
    eraseSubject: (subject, call) =>
      answer(call, () => {
        if (erase.run(subject).changes === 0) return;
        // What the write-ahead log still holds of it is to go, too.
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      }),
  };
}

function keyOrNull(row: unknown): ApiKey | null {
  return row === undefined ? null : keyIn(row);
}

function keyIn(row: unknown): ApiKey {
  const { scopes, ...rest } = row as Omit<ApiKey, "scopes"> & { readonly scopes: string };
  return { ...rest, scopes: scopes.split(" ").filter((scope) => scope !== "") as ApiKey["scopes"][number][] };
}
