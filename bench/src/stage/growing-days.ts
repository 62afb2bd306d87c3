import { type Day, type DayPut, dayOf, parseSourceId, parseUserId } from "@bg-ingest/core";
import { encodeDay } from "../../../packages/core/src/day/codec/day-codec.ts";
import { versionOf } from "../../../packages/core/src/day/day-log.ts";
import { userIdOf } from "./backfilling-source.ts";
import { fullDayOf } from "./full-day.ts";
import { createBenchWorld, START } from "./mock-page.ts";
import { polledDay } from "./polled-day.ts";

/** The days of many people, each in all stages of its growth. Days are numbered in the order of their keys: a person's stand side by side. */
export interface GrowingDays {
  readonly people: number;
  readonly daysEach: number;
  /** How often a day is written until it is whole. */
  stagesOf(number: number): number;
  /** Writes a stage over an earlier one; `null`: over nothing. */
  put(number: number, stage: number, over: number | null): DayPut;
  /** Of all days, when they are whole. */
  readonly readings: number;
}

interface Stage {
  readonly version: number;
  readonly bytes: Uint8Array;
}

const POLL_SECONDS = 300;
/** So many days are worked out and shared by all; for the room that they take it is the same. */
const KINDS = 40;

export function growDays(people: number, daysEach: number): GrowingDays {
  const kinds = Array.from({ length: KINDS }, (_, kind) => growthOf(kind));
  const kindOf = (number: number) => kinds[number % KINDS] as Growth;
  const numbers = Array.from({ length: people * daysEach }, (_, number) => number);
  return {
    people,
    daysEach,
    stagesOf: (number) => kindOf(number).stages.length,
    put(number, stage, over) {
      const { stages } = kindOf(number);
      const { version, bytes } = stages[stage] as Stage;
      const person = Math.floor(number / daysEach);
      return {
        userId: parseUserId(userIdOf(person))._unsafeUnwrap(),
        sourceId: parseSourceId(person.toString(36).padStart(13, "0"))._unsafeUnwrap(),
        day: (dayOf(START) + (number % daysEach)) as Day,
        version,
        bytes,
        expectedVersion: over === null ? 0 : (stages[over] as Stage).version,
      };
    },
    readings: numbers.reduce((sum, number) => sum + kindOf(number).readings, 0),
  };
}

interface Growth {
  readonly stages: readonly Stage[];
  readonly readings: number;
}

/** A full day, polled every five minutes: the most commits that a 5-minute sensor makes, hence the largest days. */
function growthOf(kind: number): Growth {
  const { day, readings } = fullDayOf(createBenchWorld(), `kind-${kind}`);
  const logs = [...polledDay(day, readings, { intervalSeconds: POLL_SECONDS, seed: kind })];
  return { stages: logs.map((log) => ({ version: versionOf(log), bytes: encodeDay(log) })), readings: readings.length };
}
