import type { Day, DaySpan } from "@bg-ingest/core";

/**
 * A day's row id: the key of its source above, the day in the 17 bits below. The days of a source stand side by side and in order, and the
 * table needs no other index. The days 1880-04-14 to 2239-02-23 fit; the core knows instants of 1900 to 2200.
 */
const DAYS_PER_SOURCE = 2 ** 17;
const FIRST_DAY = -(2 ** 15);
const LAST_DAY = FIRST_DAY + DAYS_PER_SOURCE - 1;

export interface DayIds {
  readonly first: number;
  readonly last: number;
}

export function dayIdOf(key: number, day: Day): number {
  // bug: no instant that the core accepts lies on such a day, and its id would be another source's
  if (!(day >= FIRST_DAY && day <= LAST_DAY && Number.isInteger(day))) throw new RangeError(`no day of a reading: ${day}`);
  return key * DAYS_PER_SOURCE + (day - FIRST_DAY);
}

export function dayOfId(id: number): Day {
  return ((id % DAYS_PER_SOURCE) + FIRST_DAY) as Day;
}

/** The ids of a span of a source's days, of all of them where none is given. */
export function dayIdsOf(key: number, span: Pick<DaySpan, "first" | "last"> = { first: FIRST_DAY as Day, last: LAST_DAY as Day }): DayIds {
  const zero = key * DAYS_PER_SOURCE - FIRST_DAY;
  return { first: zero + Math.max(span.first, FIRST_DAY), last: zero + Math.min(span.last, LAST_DAY) };
}
