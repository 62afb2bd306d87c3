import {
  addSeconds,
  type Call,
  type DaySpan,
  daysOf,
  type ReadingStore,
  SECONDS_PER_DAY,
  type Span,
  type StoredDay,
  type UserId,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { OpenedStore } from "./open-store.ts";

/**
 * A person's days, read once. Who asks the same days a thousand times, as they were known at a thousand moments, asks a store that holds them:
 * the questions are the same, and what was known when is told by each day itself. What is not held is asked of the store as before.
 */
export async function holdDays(
  { readings, connections }: OpenedStore,
  userId: UserId,
  span: Span,
  call: Call,
): Promise<Result<Pick<OpenedStore, "readings" | "connections">, string>> {
  const records = await connections.recordsOf(userId, call);
  if (records.isErr()) return err(records.error.message);
  const days: StoredDay[] = [];
  // A day more on either side: whether a reading is shown may hang on its neighbours.
  const held = daysOf({ from: addSeconds(span.from, -SECONDS_PER_DAY), to: addSeconds(span.to, SECONDS_PER_DAY) });
  for await (const day of readings.days(userId, held, { order: "ascending", consistency: "eventual" }, call)) {
    if (day.isErr()) return err(day.error.message);
    days.push(day.value);
  }
  return ok({
    readings: { ...readings, days: heldOr(readings, userId, held, days) },
    connections: { ...connections, recordsOf: async () => ok([...records.value]) },
  });
}

function heldOr({ days: elsewhere }: ReadingStore, owner: UserId, held: DaySpan, days: readonly StoredDay[]): ReadingStore["days"] {
  return async function* (userId, asked, read, call) {
    const isHeld = userId === owner && read.order === "ascending" && asked.first >= held.first && asked.last <= held.last;
    if (!isHeld) return yield* elsewhere(userId, asked, read, call);
    for (const each of days) if (each.day >= asked.first && each.day <= asked.last) yield ok(each);
  };
}
