import { addSeconds, type Day, dayOf, type Reading, SECONDS_PER_DAY, startOf } from "@bg-ingest/core";
import type { MockWorld } from "@bg-ingest/provider-mock";
import { START } from "./mock-page.ts";
import { readingsOf } from "./readings-of.ts";

export interface FullDay {
  readonly day: Day;
  readonly readings: readonly Reading[];
}

/** A sensor is worn for ten days and then warms up: within so many there is a whole day. */
const LONGEST_SEARCH_DAYS = 12;

/** The first day of an account, from `START` on, with a reading every five minutes: 288. */
export function fullDayOf(world: MockWorld, account: string, from: Day = dayOf(START)): FullDay {
  for (let i = 0; i < LONGEST_SEARCH_DAYS; i++) {
    const day = (from + i) as Day;
    const readings = readingsOf(world, account, { from: startOf(day), to: addSeconds(startOf(day), SECONDS_PER_DAY) });
    if (readings.length >= 288) return { day, readings };
  }
  throw new Error(`The simulated person ${account} has no full day.`);
}
