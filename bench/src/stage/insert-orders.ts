import type { DayPut } from "@bg-ingest/core";
import { seededChance } from "@bg-ingest/core/testing";
import type { GrowingDays } from "./growing-days.ts";

/** What is written, transaction after transaction. */
export type Writes = Iterable<readonly DayPut[]>;

/** As polls write: everybody's day grows at the same time, and the next one begins for all at midnight. */
export function* pollByPoll(days: GrowingDays): Writes {
  const people = Array.from({ length: days.people }, (_, person) => person);
  for (let day = 0; day < days.daysEach; day++) {
    const numbers = people.map((person) => person * days.daysEach + day);
    const polls = Math.max(...numbers.map(days.stagesOf));
    for (let poll = 0; poll < polls; poll++) {
      const growing = numbers.filter((number) => poll < days.stagesOf(number));
      yield growing.map((number) => days.put(number, poll, poll === 0 ? null : poll - 1));
    }
  }
}

/** Each day whole, in one write. */
export function* whole(days: GrowingDays, numbers: readonly number[]): Writes {
  for (const batch of inBatches(numbers)) yield batch.map((number) => days.put(number, days.stagesOf(number) - 1, null));
}

/** Every day is begun with one reading before any is made whole: what stood close together has to make room later. */
export function* begunThenWhole(days: GrowingDays, numbers: readonly number[]): Writes {
  for (const batch of inBatches(numbers)) yield batch.map((number) => days.put(number, 0, null));
  for (const batch of inBatches(numbers)) yield batch.map((number) => days.put(number, days.stagesOf(number) - 1, 0));
}

type NumbersOf = (days: GrowingDays) => readonly number[];

/** Orders in which days may come to be written, by name. */
export const INSERT_ORDERS: Readonly<Record<string, NumbersOf>> = {
  "person after person": ascending,
  "person after person, newest day first": (days) => byPerson(days).flatMap((own) => own.toReversed()),
  "the last key first": (days) => ascending(days).toReversed(),
  "day after day": dayAfterDay,
  "newest day first, of everybody": (days) => dayAfterDay(days).toReversed(),
  "every other day, then those between": (days) => [0, 1].flatMap((rest) => ascending(days).filter((number) => number % 2 === rest)),
  "at random": (days) => shuffled(ascending(days)),
};

function ascending({ people, daysEach }: GrowingDays): readonly number[] {
  return Array.from({ length: people * daysEach }, (_, number) => number);
}

function byPerson({ people, daysEach }: GrowingDays): readonly (readonly number[])[] {
  return Array.from({ length: people }, (_, person) => Array.from({ length: daysEach }, (_, day) => person * daysEach + day));
}

function dayAfterDay(days: GrowingDays): readonly number[] {
  return Array.from({ length: days.daysEach }, (_, day) => byPerson(days).map((own) => own[day] as number)).flat();
}

function shuffled(values: readonly number[]): readonly number[] {
  const chance = seededChance(1);
  return values
    .map((value) => ({ value, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

const BATCH = 500;

function* inBatches(numbers: readonly number[]): Iterable<readonly number[]> {
  for (let first = 0; first < numbers.length; first += BATCH) yield numbers.slice(first, first + BATCH);
}
