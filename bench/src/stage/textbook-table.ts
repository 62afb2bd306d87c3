import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { formatInstant, type Reading, type UserId } from "@bg-ingest/core";

/** What a service without our day log would keep: a row per reading, with all that a reading says. */
export interface TextbookRow {
  readonly ts: string;
  readonly value: number;
  readonly rangeFlag: string | null;
  readonly unit: string;
  readonly trend: string;
  readonly trendRate: number | null;
  readonly utcOffset: number | null;
  readonly device: string | null;
}

export interface TextbookTable {
  /** All rows in one transaction, each by one prepared upsert. */
  upsert(userId: UserId, source: string, receivedAt: string, rows: readonly TextbookRow[]): void;
  /** An object for each reading with all that it says, ascending. */
  objects(userId: UserId, from: string, to: string): readonly Readonly<Record<string, unknown>>[];
  /** As an API would answer, ascending. */
  scan(userId: UserId, from: string, to: string): readonly unknown[];
  close(): void;
}

/**
 * As durable as our store, in pages of the same size. Two choices favour the table: its rows stand in the order of their key
 * (WITHOUT ROWID: no second index to keep), and its instants are texts in the form of the API, so that a scan has nothing to format.
 */
export function openTextbookTable(directory: string): TextbookTable {
  const database = new DatabaseSync(join(directory, "textbook.sqlite"));
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -16384;
    CREATE TABLE readings (
      user_id TEXT NOT NULL, ts TEXT NOT NULL, value INTEGER NOT NULL, range_flag TEXT, unit TEXT NOT NULL, trend TEXT NOT NULL,
      trend_rate REAL, utc_offset INTEGER, device TEXT, source TEXT NOT NULL, received_at TEXT NOT NULL, PRIMARY KEY (user_id, ts)
    ) STRICT, WITHOUT ROWID`);
  const one = database.prepare(`
    INSERT INTO readings (user_id, ts, value, range_flag, unit, trend, trend_rate, utc_offset, device, source, received_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (user_id, ts) DO UPDATE SET
      (value, range_flag, unit, trend, trend_rate, utc_offset, device, source, received_at) =
      (excluded.value, excluded.range_flag, excluded.unit, excluded.trend, excluded.trend_rate, excluded.utc_offset, excluded.device,
       excluded.source, excluded.received_at)`);
  const span = database.prepare(`
    SELECT ts AS timestamp, value AS glucose_mg_dl FROM readings WHERE user_id = ? AND ts >= ? AND ts < ? ORDER BY ts`);
  const all = database.prepare("SELECT * FROM readings WHERE user_id = ? AND ts >= ? AND ts < ? ORDER BY ts");

  return {
    upsert(userId, source, receivedAt, rows) {
      database.exec("BEGIN IMMEDIATE");
      for (const { ts, value, rangeFlag, unit, trend, trendRate, utcOffset, device } of rows) {
        one.run(userId, ts, value, rangeFlag, unit, trend, trendRate, utcOffset, device, source, receivedAt);
      }
      database.exec("COMMIT");
    },
    objects: (userId, from, to) => all.all(userId, from, to),
    scan: (userId, from, to) => span.all(userId, from, to),
    close: () => database.close(),
  };
}

export function toTextbookRow({ at, mgdl, rangeFlag, unit, trend, trendRate, utcOffsetMinutes, device }: Reading): TextbookRow {
  return {
    ts: formatInstant(at),
    value: mgdl,
    rangeFlag: rangeFlag?.side ?? null,
    unit,
    trend,
    trendRate,
    utcOffset: utcOffsetMinutes,
    device,
  };
}
