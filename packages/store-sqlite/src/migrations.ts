/** One step from a version of the file's layout to the next. A step that was released never changes: files in the world bear its number. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE service (
        one INTEGER PRIMARY KEY CHECK (one = 1), process INTEGER NOT NULL, host TEXT NOT NULL, since_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE source_keys (
        key INTEGER PRIMARY KEY, user TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (user, source)
      ) STRICT;

      CREATE TABLE days (
        id INTEGER PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL
      ) STRICT;

      CREATE TABLE connections (
        user TEXT NOT NULL, provider TEXT NOT NULL, source TEXT NOT NULL, shard INTEGER NOT NULL,
        phase TEXT NOT NULL, phase_since INTEGER NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (user, provider)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX connections_by_shard ON connections (shard, source);

      CREATE TABLE secrets (
        source INTEGER PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL
      ) STRICT;

      CREATE TABLE set_aside (
        id INTEGER PRIMARY KEY, source INTEGER NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
        at INTEGER, record TEXT NOT NULL, set_aside_at INTEGER NOT NULL, UNIQUE (source, key)
      ) STRICT;
      CREATE INDEX set_aside_by_time ON set_aside (source, set_aside_at, id);

      CREATE TABLE deliveries (
        position INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, user TEXT NOT NULL, provider TEXT NOT NULL,
        signed_at INTEGER NOT NULL, body BLOB NOT NULL,
        held_at_ms INTEGER, held_until_ms INTEGER, set_apart_at_ms INTEGER, set_apart_reason TEXT
      ) STRICT;
      CREATE INDEX deliveries_waiting ON deliveries (source, position) WHERE set_apart_at_ms IS NULL;
      CREATE INDEX deliveries_set_apart ON deliveries (source, position) WHERE set_apart_at_ms IS NOT NULL;

      CREATE TABLE delivery_ids (
        source TEXT NOT NULL, id TEXT NOT NULL, since_ms INTEGER NOT NULL, PRIMARY KEY (source, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX delivery_ids_by_age ON delivery_ids (since_ms);
    `,
  },
  {
    version: 2,
    sql: `
      CREATE TABLE rate_buckets (
        provider TEXT PRIMARY KEY, level REAL NOT NULL, filled_at_ms REAL NOT NULL, version INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 3,
    sql: `
      ALTER TABLE secrets ADD COLUMN claim_holder TEXT;
      ALTER TABLE secrets ADD COLUMN claimed_at INTEGER;

      CREATE TABLE authorizations (
        position INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL UNIQUE, browser TEXT NOT NULL, user TEXT NOT NULL,
        provider TEXT NOT NULL, source TEXT, begun_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX authorizations_by_user ON authorizations (user, begun_at, position);
      CREATE INDEX authorizations_by_end ON authorizations (expires_at);
    `,
  },
  {
    // Earlier versions kept the bodies of deliveries that hold somebody else's readings.
    version: 4,
    sql: `
      UPDATE deliveries SET body = x'' WHERE set_apart_at_ms IS NOT NULL AND set_apart_reason = 'delivery_of_another_account';
    `,
  },
  {
    // Earlier versions gave the key of a source that was forgotten to the next one. The days of a source stand at `key * 131072` and above.
    version: 5,
    sql: `
      CREATE TABLE source_keys_never_reused (
        key INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (user, source)
      ) STRICT;
      INSERT INTO source_keys_never_reused (key, user, source) SELECT key, user, source FROM source_keys;
      DROP TABLE source_keys;
      ALTER TABLE source_keys_never_reused RENAME TO source_keys;
      DELETE FROM sqlite_sequence WHERE name = 'source_keys';
      INSERT INTO sqlite_sequence (name, seq) SELECT 'source_keys', max(key) FROM (
        SELECT 0 AS key UNION ALL SELECT max(key) FROM source_keys UNION ALL SELECT max(id) / 131072 FROM days
        UNION ALL SELECT max(source) FROM secrets UNION ALL SELECT max(source) FROM set_aside
      );
    `,
  },
];
