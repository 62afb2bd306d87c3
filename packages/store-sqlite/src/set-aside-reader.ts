import type { DatabaseSync } from "node:sqlite";
import type { ConnectionStore, SetAsidePage, SetAsideRecord, StoreError } from "@bg-ingest/core";
import { errAsync } from "neverthrow";
import { answer } from "./attempt.ts";
import type { Read } from "./shared-reads.ts";
import type { SourceKeyReader } from "./source-keys.ts";

/** A place between two records: everything older than this comes after it. */
interface PageMark {
  readonly setAsideAt: number;
  readonly id: number;
}

type SetAsideRow = SetAsideRecord & { readonly id: number };

const START: PageMark = { setAsideAt: Number.MAX_SAFE_INTEGER, id: 0 };
const MARK = /^(-?\d{1,15})\.(\d{1,15})$/;

export function createSetAsideReader(
  database: DatabaseSync,
  keys: SourceKeyReader,
  read: Read,
): Pick<ConnectionStore, "setAsideOf" | "countSetAside"> {
  const count = database.prepare("SELECT count(*) AS count FROM set_aside WHERE source = ?");
  const page = database.prepare(`
    SELECT id, key, reason, detail, at, record, set_aside_at AS setAsideAt FROM set_aside
    WHERE source = :source AND (set_aside_at, id) < (:setAsideAt, :id)
    ORDER BY set_aside_at DESC, id DESC LIMIT :limit`);

  const pageAfter = (source: number, limit: number, { setAsideAt, id }: PageMark): SetAsidePage => {
    const rows = page.all({ source, setAsideAt, id, limit: limit + 1 }) as unknown as readonly SetAsideRow[];
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return { records: shown.map(recordOf), next: rows.length > limit && last !== undefined ? `${last.setAsideAt}.${last.id}` : null };
  };

  return {
    setAsideOf: (source, { limit, after }, call) => {
      const mark = after === null ? START : parseMark(after);
      if (mark === null) return errAsync(unreadableMark);
      const page = (): SetAsidePage => {
        const key = keys.find(source);
        return key === null ? { records: [], next: null } : pageAfter(key, limit, mark);
      };
      return answer(call, () => read(page));
    },
    countSetAside: (source, call) => {
      const counted = (): number => {
        const key = keys.find(source);
        return key === null ? 0 : Number(count.get(key)?.["count"]);
      };
      return answer(call, () => read(counted));
    },
  };
}

const unreadableMark: StoreError = { kind: "stop", message: "The page mark is unreadable: no page was read. Start again without one." };

function parseMark(text: string): PageMark | null {
  const match = MARK.exec(text);
  return match && { setAsideAt: Number(match[1]), id: Number(match[2]) };
}

function recordOf({ key, reason, detail, at, record, setAsideAt }: SetAsideRow): SetAsideRecord {
  return { key, reason, detail, at, record, setAsideAt };
}
