import type { DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "neverthrow";
import { latestOf, layoutOf, migrate } from "./layout.ts";
import type { Migration } from "./migrations.ts";
import { openGuarded } from "./open-guarded.ts";
import type { SqliteStoreRefused } from "./refusal.ts";

/** While opening, another program that looks into the file for a moment is waited for. */
const OPENING_BUSY_MS = 5_000;
/** Later the event loop would stand still for as long. This much lets another opener set itself up; who holds the file longer is `retry`. */
const SERVING_BUSY_MS = 20;

/**
 * What was acknowledged is on disk (`synchronous`, and `fullfsync` where a plain sync stops in the drive's cache: macOS). What was deleted
 * is overwritten, for these are people's health data (`secure_delete`).
 */
const SETTINGS = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA secure_delete = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 67108864`;

/** Pages of 4 KiB take up to 2.9 bytes a reading where these take 2.4; those of 16 KiB save nothing and write twice as much per poll. */
const PAGE_BYTES = 8_192;

/** Opens the one connection that writes, and brings the file up to date; closed again where `use` throws. The caller holds the service's lock. */
export function openServiceDatabase<T>(
  file: string,
  migrations: readonly Migration[],
  use: (database: DatabaseSync) => T,
): Result<T, SqliteStoreRefused> {
  return openGuarded(file, { timeout: OPENING_BUSY_MS, enableForeignKeyConstraints: false }, (database) =>
    layoutOf(database, file, latestOf(migrations)).andThen((version) => {
      if (version === 0) database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
      if (database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"] !== "wal") return err(withoutWal(file));
      database.exec(SETTINGS);
      migrate(database, version, migrations);
      database.exec(`PRAGMA busy_timeout = ${SERVING_BUSY_MS}`);
      return ok(use(database));
    }),
  );
}

function withoutWal(file: string): SqliteStoreRefused {
  const reason = "its file system cannot share memory between processes, as network file systems cannot";
  return { kind: "unavailable", message: `${file} cannot hold the store: ${reason}. Nothing was kept. Name a place on a local disk.` };
}
