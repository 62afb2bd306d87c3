import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { STORE_FILE_NAME } from "@bg-ingest/store-sqlite";

/** Whole pages of a closed store's tables, their indexes included. */
export function tableBytes(dataDir: string, tables: readonly string[]): number {
  const database = new DatabaseSync(join(dataDir, STORE_FILE_NAME), { readOnly: true });
  const pages = database.prepare(`
    SELECT coalesce(sum(pgsize), 0) AS bytes FROM dbstat JOIN sqlite_schema USING (name) WHERE tbl_name = ?`);
  const bytes = tables.reduce((sum, table) => sum + Number(pages.get(table)?.["bytes"]), 0);
  database.close();
  return bytes;
}
