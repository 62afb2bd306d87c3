import type { DatabaseSync } from "node:sqlite";
import type { DayRead, DaySpan, StoredDay, UserId } from "@bg-ingest/core";
import { type DayIds, dayIdsOf, dayOfId } from "./day-id.ts";
import type { OwnedSource } from "./source-keys.ts";

/** The days of one source in the order of reading, a page of them in hand. */
export interface DayCursor {
  head(): StoredDay | undefined;
  take(): void;
  /** Whether the database has to be asked before there is a head, and whether it was asked before. */
  state(): "fresh" | "drained" | "open";
  refill(): void;
}

export type OpenDayCursor = (userId: UserId, source: OwnedSource, span: DaySpan, order: DayRead["order"]) => DayCursor;

type Owner = OwnedSource & { readonly userId: UserId };

interface DayRow {
  readonly id: number;
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** Whoever wants the newest mostly wants one day; whoever reads years holds the event loop for no longer than a page takes. */
const FIRST_PAGE = 1;
const LARGEST_PAGE = 64;

export function createDayCursors(database: DatabaseSync): OpenDayCursor {
  // A read lasts for as long as its reader likes: with each page the key has to be that person's still, by the same look at the file.
  const select = `
    SELECT id, version, bytes FROM days WHERE id BETWEEN :first AND :last
      AND EXISTS (SELECT 1 FROM source_keys WHERE key = :key AND user = :userId AND source = :sourceId) ORDER BY id`;
  const pages = { ascending: database.prepare(`${select} LIMIT :limit`), descending: database.prepare(`${select} DESC LIMIT :limit`) };

  const one = { ascending: database.prepare(`${select} LIMIT 1`), descending: database.prepare(`${select} DESC LIMIT 1`) };
  // Measured: to ask for a single row takes a third of what a list of one does.
  const rowsOf = (order: DayRead["order"], ids: DayIds & Owner, limit: number): readonly DayRow[] => {
    if (limit > 1) return pages[order].all({ ...ids, limit }) as unknown as readonly DayRow[];
    const row = one[order].get({ ...ids }) as unknown as DayRow | undefined;
    return row === undefined ? [] : [row];
  };

  return (userId, { key, sourceId }, span, order) => {
    const owner = { key, userId, sourceId };
    let ids = dayIdsOf(key, span);
    let limit = FIRST_PAGE;
    let state: "fresh" | "more" | "last" = "fresh";
    let days: readonly StoredDay[] = [];
    let at = 0;
    return {
      head: () => days[at],
      take: () => void at++,
      state: () => (state === "fresh" ? "fresh" : at === days.length && state === "more" ? "drained" : "open"),
      refill: () => {
        const rows = rowsOf(order, { ...ids, ...owner }, limit);
        days = rows.map(({ id, version, bytes }) => ({ userId, day: dayOfId(id), sourceId, version, bytes }));
        at = 0;
        state = rows.length === limit ? "more" : "last";
        ids = beyond(ids, order, rows.at(-1)?.id ?? 0);
        limit = Math.min(2 * limit, LARGEST_PAGE);
      },
    };
  };
}

function beyond({ first, last }: DayIds, order: DayRead["order"], id: number): DayIds {
  return order === "ascending" ? { first: id + 1, last } : { first, last: id - 1 };
}
