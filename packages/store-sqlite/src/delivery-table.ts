import type { DatabaseSync } from "node:sqlite";
import type { Delivery, SourceId, Verdict } from "@bg-ingest/core";

export interface WaitingDelivery {
  readonly position: number;
  readonly delivery: Delivery;
}

/** A source with something waiting, and how long the first of it is held yet. */
export interface WaitingSource {
  readonly sourceId: SourceId;
  readonly heldForMs: number;
}

/** Times may have fractions of a millisecond. What is kept of them has none, and is rounded so that no wait and no week becomes shorter. */
export interface DeliveryTable {
  enqueue(delivery: Delivery, nowMs: number): "enqueued" | "known";
  /** The oldest delivery of a source that waits. */
  headOf(sourceId: SourceId): WaitingDelivery | null;
  waitingSources(nowMs: number): readonly WaitingSource[];
  /** Does nothing where the delivery was erased meanwhile: positions are never given out twice. */
  record(position: number, verdict: Verdict, nowMs: number): void;
  depth(): { readonly waiting: number; readonly setApart: number };
  erase(sourceId: SourceId): void;
}

interface HeldRow {
  readonly sourceId: SourceId;
  readonly heldAtMs: number | null;
  readonly heldUntilMs: number | null;
}

const WEEK_MS = 7 * 86_400_000;
/** So many outdated ids go with each delivery: the table cannot grow, and no delivery waits for a great clean-up. */
const FORGOTTEN_AT_ONCE = 50;

export function createDeliveryTable(database: DatabaseSync): DeliveryTable {
  const forgetOld = database.prepare(`
    DELETE FROM delivery_ids WHERE (source, id) IN
      (SELECT source, id FROM delivery_ids WHERE since_ms <= ? ORDER BY since_ms LIMIT ${FORGOTTEN_AT_ONCE})`);
  const know = database.prepare(`
    INSERT INTO delivery_ids (source, id, since_ms) VALUES (:source, :id, :nowMs)
    ON CONFLICT DO UPDATE SET since_ms = excluded.since_ms WHERE since_ms <= :weekAgoMs`);
  const insert = database.prepare("INSERT INTO deliveries (source, id, user, provider, signed_at, body) VALUES (?, ?, ?, ?, ?, ?)");
  const head = database.prepare(`
    SELECT position, id, user AS userId, source AS sourceId, provider, signed_at AS signedAt, body FROM deliveries
    WHERE source = ? AND set_apart_at_ms IS NULL ORDER BY position LIMIT 1`);
  const heads = database.prepare(`
    SELECT source AS sourceId, held_at_ms AS heldAtMs, held_until_ms AS heldUntilMs, min(position) FROM deliveries
    WHERE set_apart_at_ms IS NULL GROUP BY source ORDER BY min(position)`);
  const remove = database.prepare("DELETE FROM deliveries WHERE position = ?");
  const hold = database.prepare("UPDATE deliveries SET held_at_ms = ?, held_until_ms = ? WHERE position = ?");
  const setApart = database.prepare("UPDATE deliveries SET set_apart_at_ms = ?, set_apart_reason = ? WHERE position = ?");
  const deleteBody = database.prepare("UPDATE deliveries SET body = x'' WHERE position = ?");
  const depth = database.prepare(`
    SELECT (SELECT count(*) FROM deliveries WHERE set_apart_at_ms IS NULL) AS waiting,
      (SELECT count(*) FROM deliveries WHERE set_apart_at_ms IS NOT NULL) AS setApart`);
  const erase = database.prepare("DELETE FROM deliveries WHERE source = ?");
  const eraseIds = database.prepare("DELETE FROM delivery_ids WHERE source = ?");

  return {
    enqueue({ id, userId, sourceId, provider, signedAt, body }, nowMs) {
      const weekAgoMs = nowMs - WEEK_MS;
      forgetOld.run(weekAgoMs);
      if (know.run({ source: sourceId, id, nowMs: Math.ceil(nowMs), weekAgoMs }).changes === 0) return "known";
      insert.run(sourceId, id, userId, provider, signedAt, body);
      return "enqueued";
    },
    headOf(sourceId) {
      const row = head.get(sourceId) as unknown as (Delivery & { readonly position: number }) | undefined;
      if (row === undefined) return null;
      const { position, ...delivery } = row;
      return { position, delivery };
    },
    waitingSources: (nowMs) =>
      (heads.all() as unknown as readonly HeldRow[]).map((row) => ({ sourceId: row.sourceId, heldForMs: heldForMs(row, nowMs) })),
    record(position, verdict, nowMs) {
      switch (verdict.kind) {
        case "done":
          remove.run(position);
          return;
        case "hold":
          hold.run(Math.floor(nowMs), Math.min(Math.ceil(nowMs + verdict.waitMs), Number.MAX_SAFE_INTEGER), position);
          return;
        case "set_apart":
          setApart.run(Math.floor(nowMs), verdict.reason, position);
          if (verdict.body === "deleted") deleteBody.run(position);
      }
    },
    depth() {
      const row = depth.get();
      return { waiting: Number(row?.["waiting"]), setApart: Number(row?.["setApart"]) };
    },
    erase(sourceId) {
      erase.run(sourceId);
      eraseIds.run(sourceId);
    },
  };
}

/** A clock that was set back since does not make a wait longer. */
function heldForMs({ heldAtMs, heldUntilMs }: HeldRow, nowMs: number): number {
  if (heldAtMs === null || heldUntilMs === null || nowMs < heldAtMs) return 0;
  return Math.max(0, heldUntilMs - nowMs);
}
