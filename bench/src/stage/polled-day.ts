import { addSeconds, type Day, type Instant, type Reading, SECONDS_PER_DAY, startOf } from "@bg-ingest/core";
import { seededChance } from "@bg-ingest/core/testing";
import { append, withPublished } from "../../../packages/core/src/day/append.ts";
import { type DayLog, emptyDay, versionOf } from "../../../packages/core/src/day/day-log.ts";

export interface PollingHabit {
  readonly intervalSeconds: number;
  /** Where in the interval the slots lie, how late each request goes out, how long its answer takes and which get lost: all told by this. */
  readonly seed: number;
}

/** Readings of one day as polls bring them, each page appended to what the page before left. */
export function* polledDay(day: Day, readings: readonly Reading[], habit: PollingHabit): Generator<DayLog, void> {
  let log = emptyDay(day);
  let newestBefore: Instant | null = null;
  let next = 0;
  for (const { askedAt, receivedAt } of polls(day, habit)) {
    const from = next;
    while (next < readings.length && (readings[next] as Reading).at <= askedAt) next++;
    if (next === from) continue;
    const page = { readings: readings.slice(from, next), askedAt, receivedAt, isBackfill: false, newestBefore };
    log = append(withPublished(log, versionOf(log)), page);
    newestBefore = (readings[next - 1] as Reading).at;
    yield log;
  }
}

interface Poll {
  readonly askedAt: Instant;
  readonly receivedAt: Instant;
}

/**
 * A request goes out within a second of its slot, and is answered within one more, now and then within ten. One in a hundred fails and is
 * made again after the backoff.
 */
function* polls(day: Day, { intervalSeconds, seed }: PollingHabit): Generator<Poll, void> {
  const chance = seededChance(seed);
  const phase = Math.floor(chance() * intervalSeconds);
  for (let slot = startOf(day) + phase; slot < startOf(day) + SECONDS_PER_DAY + 2 * intervalSeconds; slot += intervalSeconds) {
    const backoffSeconds = chance() < 0.01 ? chance() * 60 : 0;
    const askedAt = Math.floor(slot + backoffSeconds + chance() ** 2) as Instant;
    const answerSeconds = chance() < 0.02 ? 10 * chance() : 0.1 + 0.9 * chance();
    yield { askedAt, receivedAt: addSeconds(askedAt, Math.floor(chance() + answerSeconds)) };
  }
}
