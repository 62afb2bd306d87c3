import { append } from "../src/day/append.ts";
import { type DayLog, emptyDay } from "../src/day/day-log.ts";
import type { Mgdl } from "../src/reading/glucose.ts";
import { type Day, type Instant, startOf } from "../src/reading/instant.ts";
import type { Reading } from "../src/reading/reading.ts";
import type { Trend } from "../src/reading/trend.ts";
import { seededChance } from "../src/testing/seeded-chance.ts";

export interface SyntheticPerson {
  readonly seed: number;
  readonly day: Day;
  readonly cadenceSeconds: number;
}

/** A day that looks like one: meals, a pull towards a level of one's own, sensor noise, a clock that jitters. Made up, nobody's. */
export function syntheticReadings({ seed, day, cadenceSeconds }: SyntheticPerson): readonly Reading[] {
  const random = seededChance(seed);
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);
  const hex = (): string => Math.floor(random() * 16).toString(16);
  const device = Array.from({ length: 64 }, hex).join("");
  const level = 110 + random() * 70;
  const minutes = cadenceSeconds / 60;
  const start = startOf(day) + Math.floor(random() * cadenceSeconds);
  const readings: Reading[] = [];
  let glucose = level + normal() * 20;
  let perMinute = 0;
  for (let at = start; at < startOf(day) + 86_400; at += cadenceSeconds) {
    const isMeal = random() < minutes / 300;
    perMinute = perMinute * 0.95 ** minutes + normal() * 0.12 * Math.sqrt(minutes) + (isMeal ? 1 + random() * 2 : 0);
    perMinute -= ((glucose - level) / 3000) * minutes;
    glucose = Math.min(400, Math.max(45, glucose + perMinute * minutes));
    const jitter = random() < 0.6 ? 0 : Math.round(normal());
    const observedAt = Math.min(Math.max(at + jitter, startOf(day)), startOf(day) + 86_399);
    const trendRate = Math.round((perMinute + normal() * 0.1) * 10) / 10 + 0;
    readings.push({
      at: observedAt as Instant,
      mgdl: Math.round(Math.min(400, Math.max(40, glucose + normal() * 2))) as Mgdl,
      rangeFlag: null,
      unit: "mg/dL",
      trend: arrowOf(trendRate),
      trendWord: null,
      trendRate,
      utcOffsetMinutes: 60,
      device,
    });
  }
  return readings;
}

function arrowOf(perMinute: number): Trend {
  const steps = Math.min(3, Math.floor(Math.abs(perMinute)));
  return (["falling_very_fast", "falling_fast", "falling", "steady", "rising", "rising_fast", "rising_very_fast"] as const)[
    3 + Math.sign(perMinute) * steps
  ] as Trend;
}

/** The readings as polls bring them, one or two at a time, a second or two after they were asked for. */
export function polledDay(person: SyntheticPerson, pollSeconds = 300): DayLog {
  const random = seededChance(person.seed ^ 0x5bd1e995);
  const readings = syntheticReadings(person);
  const slot = Math.floor(random() * pollSeconds);
  let log = emptyDay(person.day);
  let newestBefore: Instant | null = null;
  let next = 0;
  for (let poll = startOf(person.day) + slot; next < readings.length; poll += pollSeconds) {
    const askedAt = (poll + (random() < 0.3 ? 1 : 0)) as Instant;
    let end = next;
    while (end < readings.length && (readings[end] as Reading).at + 5 <= askedAt) end++;
    if (end === next) continue;
    const receivedAt = (askedAt + 1 + (random() < 0.2 ? 1 : 0)) as Instant;
    log = append(log, { readings: readings.slice(next, end), askedAt, receivedAt, isBackfill: false, newestBefore });
    newestBefore = (readings[end - 1] as Reading).at;
    next = end;
  }
  return log;
}

/** The readings as one backfill brings them, long after. */
export function backfilledDay(person: SyntheticPerson): DayLog {
  const askedAt = (startOf(person.day) + 10 * 86_400) as Instant;
  const receivedAt = (askedAt + 2) as Instant;
  return append(emptyDay(person.day), { readings: syntheticReadings(person), askedAt, receivedAt, isBackfill: true, newestBefore: null });
}
