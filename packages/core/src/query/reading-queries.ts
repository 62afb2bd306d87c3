import { err, type Result } from "neverthrow";
import { type CallBy, permit } from "../access/caller.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { ReadingStore } from "../ports/reading-store.ts";
import type { UserId } from "../reading/identifiers.ts";
import { type DaysInView, daysInView } from "./days-in-view.ts";
import { latestIn } from "./latest.ts";
import { rangeIn } from "./range.ts";
import type { QueryError, ReadingQueries, Selection } from "./series.ts";
import { viewOf } from "./view.ts";

/** What queries stand on: the days, and who of those that brought them is still living. */
export interface QueryDeps {
  readonly readings: ReadingStore;
  readonly connections: Pick<ConnectionStore, "recordsOf">;
}

export function createReadingQueries({ readings, connections }: QueryDeps): ReadingQueries {
  const look = async (userId: UserId, selection: Selection, call: CallBy): Promise<Result<DaysInView, QueryError>> => {
    const permitted = permit(call.caller, "read", userId);
    if (permitted.isErr()) return err(permitted.error);
    const records = await connections.recordsOf(userId, call);
    return records.andThen((known) => viewOf(known, selection)).map((view) => daysInView(readings, userId, view, call));
  };
  return {
    async latest(userId, selection, call) {
      const stored = await look(userId, selection, call);
      return stored.isErr() ? err(stored.error) : latestIn(stored.value);
    },
    async range(userId, span, selection, call) {
      const stored = await look(userId, selection, call);
      return stored.isErr() ? err(stored.error) : rangeIn(stored.value, span);
    },
  };
}
