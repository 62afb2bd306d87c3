import type { DatabaseSync } from "node:sqlite";
import {
  type ConnectionStore,
  type Instant,
  type ProviderName,
  type ReplaceOutcome,
  type SealedSecrets,
  type SetAsideRecord,
  type SourceKey,
  type SourceRecord,
  shardOf,
  type UserId,
} from "@bg-ingest/core";
import { answer } from "./attempt.ts";
import { createConnectionReader } from "./connection-reader.ts";
import type { Remembered } from "./remembered.ts";
import type { Read } from "./shared-reads.ts";
import type { SourceKeys } from "./source-keys.ts";
import type { WriteBatcher } from "./write-batcher.ts";

export interface ConnectionStoreDeps {
  readonly database: DatabaseSync;
  readonly batcher: WriteBatcher;
  readonly keys: SourceKeys;
  readonly read: Read;
  readonly remembered: Remembered;
  /** Called after secrets were deleted or a source erased: what the write-ahead log still holds of it is to go. */
  readonly scrub: () => void;
}

export function createSqliteConnectionStore({ database, batcher, keys, read, remembered, scrub }: ConnectionStoreDeps): ConnectionStore {
  const records = createRecordWriter(database);
  const secrets = createSecrets(database, keys);
  const setAside = createSetAsideWriter(database, keys);

  return {
    ...createConnectionReader(database, keys, read, remembered),
    replaceRecord: (record, expectedVersion, call) =>
      batcher.write(() => {
        remembered.forget(record.userId);
        return records.replace(record, expectedVersion);
      }, call),
    removeRecord: (userId, provider, expectedVersion, call) =>
      batcher
        .write(() => {
          remembered.forget(userId);
          return records.remove(userId, provider, expectedVersion);
        }, call)
        .andTee(scrub),
    secretsOf: (source, call) => answer(call, () => secrets.find(source)),
    replaceSecrets: (source, next, call) => {
      const written = batcher.write(() => secrets.replace(source, next), call);
      return next.sealed === null ? written.andTee(scrub) : written;
    },
    setAside: (source, kept, call) => batcher.write(() => setAside.keep(source, kept), call),
    eraseSource: (source, call) =>
      batcher
        .write(() => {
          const key = keys.find(source);
          if (key === null) return;
          secrets.erase(key);
          setAside.erase(key);
          keys.forgetUnused(key);
        }, call)
        .andTee(scrub),
  };
}

function createRecordWriter(database: DatabaseSync) {
  const values = ":user, :provider, :source, :shard, :phase, :phaseSince, :version, :record";
  const insert = database.prepare(`
    INSERT INTO connections (user, provider, source, shard, phase, phase_since, version, record) VALUES (${values}) ON CONFLICT DO NOTHING`);
  const update = database.prepare(`
    UPDATE connections SET (source, shard, phase, phase_since, version, record) = (:source, :shard, :phase, :phaseSince, :version, :record)
    WHERE user = :user AND provider = :provider AND version = :expectedVersion`);

  const remove = database.prepare("DELETE FROM connections WHERE user = ? AND provider = ? AND version = ?");

  return {
    remove: (userId: UserId, provider: ProviderName, expectedVersion: number): ReplaceOutcome =>
      outcomeOf(remove.run(userId, provider, expectedVersion).changes),
    replace(record: SourceRecord, expectedVersion: number): ReplaceOutcome {
      const { userId: user, provider, sourceId: source, phase, phaseSince, version } = record;
      const row = { user, provider, source, shard: shardOf(source), phase, phaseSince, version, record: JSON.stringify(record) };
      const { changes } = expectedVersion === 0 ? insert.run(row) : update.run({ ...row, expectedVersion });
      return outcomeOf(changes);
    },
  };
}

function createSecrets(database: DatabaseSync, keys: SourceKeys) {
  const find = database.prepare("SELECT sealed, version, claim_holder AS holder, claimed_at AS at FROM secrets WHERE source = ?");
  const insert = database.prepare(`
    INSERT INTO secrets (source, version, sealed, claim_holder, claimed_at) VALUES (:source, :version, :sealed, :holder, :at)
    ON CONFLICT DO NOTHING`);
  const update = database.prepare(`
    UPDATE secrets SET (version, sealed, claim_holder, claimed_at) = (:version, :sealed, :holder, :at)
    WHERE source = :source AND version = :version - 1`);
  const erase = database.prepare("DELETE FROM secrets WHERE source = ?");

  return {
    find(source: SourceKey): SealedSecrets | null {
      const key = keys.find(source);
      const row = key === null ? undefined : (find.get(key) as unknown as SecretsRow | undefined);
      return row === undefined ? null : secretsOf(row);
    },
    replace(source: SourceKey, { sealed, claim, version }: SealedSecrets): ReplaceOutcome {
      const row = { version, sealed: sealed ?? NOTHING, holder: claim?.holder ?? null, at: claim?.at ?? null };
      if (version === 1) return outcomeOf(insert.run({ source: keys.make(source), ...row }).changes);
      const key = keys.find(source);
      return key === null ? { kind: "conflict" } : outcomeOf(update.run({ source: key, ...row }).changes);
    },
    erase: (key: number): void => void erase.run(key),
  };
}

/** In place of secrets that were deleted: no vault seals anything into so few bytes. */
const NOTHING = new Uint8Array();

interface SecretsRow {
  readonly sealed: Uint8Array;
  readonly version: number;
  readonly holder: string | null;
  readonly at: Instant | null;
}

function secretsOf({ sealed, version, holder, at }: SecretsRow): SealedSecrets {
  return { sealed: sealed.length === 0 ? null : sealed, claim: holder === null || at === null ? null : { holder, at }, version };
}

function createSetAsideWriter(database: DatabaseSync, keys: SourceKeys) {
  const insert = database.prepare(`
    INSERT INTO set_aside (source, key, reason, detail, at, record, set_aside_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (source, key) DO NOTHING`);
  const erase = database.prepare("DELETE FROM set_aside WHERE source = ?");

  return {
    keep(source: SourceKey, kept: readonly SetAsideRecord[]): void {
      if (kept.length === 0) return;
      const owner = keys.make(source);
      for (const { key, reason, detail, at, record, setAsideAt } of kept) insert.run(owner, key, reason, detail, at, record, setAsideAt);
    },
    erase: (key: number): void => void erase.run(key),
  };
}

function outcomeOf(changes: number | bigint): ReplaceOutcome {
  return { kind: changes === 1 ? "written" : "conflict" };
}
