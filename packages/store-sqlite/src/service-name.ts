import { hostname } from "node:os";
import type { DatabaseSync } from "node:sqlite";
import { ok } from "neverthrow";
import { openGuarded } from "./open-guarded.ts";

/** Leaves word of who has the store, for the message that the next one gets. The lock alone decides; this may be stale. */
export function signService(database: DatabaseSync, nowMs: number): void {
  database
    .prepare("INSERT OR REPLACE INTO service (one, process, host, since_ms) VALUES (1, ?, ?, ?)")
    .run(process.pid, hostname(), Math.floor(nowMs));
}

/** `null` where that cannot be told: the other one has only just begun, or is of another version. */
export function nameService(file: string): string | null {
  return openGuarded(file, { readOnly: true }, (database) => {
    const row = database.prepare("SELECT process, host, since_ms FROM service").get();
    database.close();
    return ok(row && `process ${row["process"]} on ${row["host"]} (since ${new Date(Number(row["since_ms"])).toISOString()})`);
  }).match(
    (name) => name ?? null,
    () => null,
  );
}
