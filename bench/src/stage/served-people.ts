import { addSeconds, type DayPut, dayOf, type IngestDeps, type Instant, SECONDS_PER_DAY, type Span, type UserId } from "@bg-ingest/core";
import { encodeDay } from "../../../packages/core/src/day/codec/day-codec.ts";
import { type DayLog, versionOf } from "../../../packages/core/src/day/day-log.ts";
import { createBackfillingSource } from "./backfilling-source.ts";
import { untilDone } from "./call.ts";
import { createBenchWorld, START } from "./mock-page.ts";
import { polledDay } from "./polled-day.ts";
import { readingsOf } from "./readings-of.ts";
import { type TextbookRow, toTextbookRow } from "./textbook-table.ts";

/** Somebody whose readings are stored. */
export interface ServedPerson {
  readonly userId: UserId;
  readonly sourceId: string;
  /** All that is stored; within it exactly `rows`. */
  readonly span: Span;
  readonly rows: readonly TextbookRow[];
}

const POLL_SECONDS = 900;

/** Stores the first `count` readings of somebody from `START` on, day by day, as polls every quarter of an hour left them. */
export async function storePerson(deps: IngestDeps, number: number, count: number): Promise<ServedPerson> {
  const { record } = await createBackfillingSource(deps, number);
  const { userId, sourceId } = record;
  const longEnough = Math.ceil((count / 288) * 1.1) + 1;
  const all = readingsOf(createBenchWorld(), `served-${number}`, { from: START, to: addSeconds(START, longEnough * SECONDS_PER_DAY) });
  const readings = all.slice(0, count);
  const last = readings[count - 1];
  if (last === undefined) throw new Error(`There are no ${count} readings of person ${number}.`);
  const puts = [...Map.groupBy(readings, ({ at }) => dayOf(at))].map(([day, ofDay]): DayPut => {
    const log = [...polledDay(day, ofDay, { intervalSeconds: POLL_SECONDS, seed: number })].at(-1) as DayLog;
    return { userId, sourceId, day, version: versionOf(log), expectedVersion: 0, bytes: encodeDay(log) };
  });
  (await deps.readings.putDays(puts, untilDone))._unsafeUnwrap();
  return { userId, sourceId, span: { from: START, to: (last.at + 1) as Instant }, rows: readings.map(toTextbookRow) };
}
