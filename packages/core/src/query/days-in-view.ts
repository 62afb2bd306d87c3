import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { ReadingStore, StoredDay } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { UserId } from "../reading/identifiers.ts";
import { type DaySpan, EVERY_DAY } from "../reading/instant.ts";
import { rankOf, type View } from "./view.ts";

/** A person's stored days, those in view alone: what a source left behind that is no longer living is never seen. */
export interface DaysInView {
  readonly view: View;
  /** By day. */
  between(span: DaySpan): Promise<Result<readonly StoredDay[], StoreError>>;
  /** Each day of any source, the newest first: all that is stored of it. Reads no further than is asked. An `Err` comes last. */
  newestFirst(): AsyncIterable<Result<readonly StoredDay[], StoreError>>;
}

export function daysInView(readings: ReadingStore, userId: UserId, view: View, call: Call): DaysInView {
  return {
    view,
    between: async (span) => {
      const days: StoredDay[] = [];
      for await (const item of readings.days(userId, span, { order: "ascending", consistency: "eventual" }, call)) {
        if (item.isErr()) return err(item.error);
        if (rankOf(view, item.value.sourceId) >= 0) days.push(item.value);
      }
      return ok(days);
    },
    newestFirst: () => byDay(readings.days(userId, EVERY_DAY, { order: "descending", consistency: "eventual" }, call), view),
  };
}

async function* byDay(
  days: AsyncIterable<Result<StoredDay, StoreError>>,
  view: View,
): AsyncGenerator<Result<readonly StoredDay[], StoreError>, void> {
  let day: StoredDay[] = [];
  for await (const item of days) {
    if (item.isErr()) {
      yield err(item.error);
      return;
    }
    if (rankOf(view, item.value.sourceId) < 0) continue;
    if (day.length > 0 && day[0]?.day !== item.value.day) {
      yield ok(day);
      day = [];
    }
    day.push(item.value);
    if (day.length < view.sources.length) continue;
    // Of every source: this day is complete, and the store need not be asked for more to know it.
    yield ok(day);
    day = [];
  }
  if (day.length > 0) yield ok(day);
}
