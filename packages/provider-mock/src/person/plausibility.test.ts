import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mix } from "./chance.ts";
import { planDay } from "./day-plan.ts";
import { createPerson, type Person } from "./person.ts";
import { FIVE_MINUTE_SENSOR, type Measurement, measure } from "./sensor.ts";

const PEOPLE = 1000;
const DAYS = 14;
const DAY = 86_400;
const START = 1_760_054_400;

interface Figures {
  readonly mean: number;
  readonly cv: number;
  readonly lag1: number;
  readonly rate99: number;
  readonly rapid: number;
  readonly rise: number;
  readonly peak: number;
  readonly contrast: number;
  readonly dayNight: number;
}

const people = Array.from({ length: PEOPLE }, (_, index) => figuresOf(createPerson(mix(77, index))));

describe("1,000 people over 14 days", () => {
  const rows = documented();

  it("are documented by every figure that is measured, and by no other", () => {
    expect(rows.map(({ figure }) => figure).sort()).toEqual(Object.keys(people[0] ?? {}).sort());
  });

  it.each(rows)("have a $figure within what is published", ({ figure, every, median }) => {
    const values = people.map((person) => person[figure]).sort((a, b) => a - b);
    expect(values[0]).toBeGreaterThanOrEqual(every.low);
    expect(values.at(-1)).toBeLessThanOrEqual(every.high);
    expect(values[PEOPLE / 2]).toBeGreaterThanOrEqual(median.low);
    expect(values[PEOPLE / 2]).toBeLessThanOrEqual(median.high);
  });

  it.each(rows)("have the $figure that the documentation says was measured", ({ figure, measured }) => {
    const values = people.map((person) => person[figure]).sort((a, b) => a - b);
    const shown = [values[0], values[PEOPLE / 2], values.at(-1)].map((value) => Number((value ?? Number.NaN).toPrecision(3)));
    expect(shown).toEqual(measured);
  });

  it("are of many kinds", () => {
    const spread = (figure: keyof Figures) => {
      const values = people.map((person) => person[figure]).sort((a, b) => a - b);
      return (values[0.95 * PEOPLE] ?? 0) - (values[0.05 * PEOPLE] ?? 0);
    };
    expect(spread("mean")).toBeGreaterThan(40);
    expect(spread("cv")).toBeGreaterThan(8);
    expect(spread("rate99")).toBeGreaterThan(1);
  });
});

function figuresOf(person: Person): Figures {
  const readings = measure(person, FIVE_MINUTE_SENSOR, START, START + DAYS * DAY);
  const values = readings.map(({ mgdl }) => Math.min(401, Math.max(39, Math.round(mgdl))));
  const mean = average(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  let together = 0;
  for (let i = 1; i < values.length; i++) together += ((values[i] ?? mean) - mean) * ((values[i - 1] ?? mean) - mean);

  const rates: number[] = [];
  const byDay: number[] = [];
  const byNight: number[] = [];
  const valuesByDay: number[] = [];
  const valuesByNight: number[] = [];
  readings.forEach(({ at }, i) => {
    const value = values[i] ?? 0;
    const hour = ((((at + person.utcOffsetMinutes * 60) % DAY) + DAY) % DAY) / 3600;
    (hour >= 6 && hour < 23 ? valuesByDay : valuesByNight).push(value);
    const before = readings[i - 1];
    if (before === undefined || at - before.at > 310) return;
    const rate = (Math.abs(value - (values[i - 1] ?? 0)) * 60) / (at - before.at);
    rates.push(rate);
    if (hour >= 7 && hour < 22) byDay.push(rate);
    else if (hour < 5) byNight.push(rate);
  });
  rates.sort((a, b) => a - b);
  const meals = mealsOf(person)
    .map((at) => excursion(readings, at))
    .filter((found) => found !== undefined);
  return {
    mean,
    cv: (100 * Math.sqrt(variance)) / mean,
    lag1: together / (variance * (values.length - 1)),
    rate99: rates[Math.floor(rates.length * 0.99)] ?? Number.NaN,
    rapid: (100 * rates.filter((rate) => rate > 1.8).length) / rates.length,
    rise: average(meals.map(({ rise }) => rise)),
    peak: average(meals.map(({ minutes }) => minutes)),
    contrast: average(byDay) / average(byNight),
    dayNight: average(valuesByDay) - average(valuesByNight),
  };
}

/** Main meals, away from the edges of what was measured. */
function mealsOf(person: Person): readonly number[] {
  const days = Array.from({ length: DAYS - 2 }, (_, day) => START / DAY + 1 + day);
  return days
    .flatMap((day) => planDay(person, day))
    .filter(({ foodMgdl }) => foodMgdl > 50)
    .map(({ at }) => at);
}

function excursion(readings: readonly Measurement[], meal: number): { readonly rise: number; readonly minutes: number } | undefined {
  let index = Math.max(0, Math.floor((meal - START) / 300) - 40);
  while ((readings[index]?.at ?? meal) < meal) index++;
  const after = readings.slice(index, index + 36);
  const [first] = after;
  if (first === undefined || (after.at(-1)?.at ?? 0) - first.at > 3 * 3600) return undefined;
  const highest = after.reduce((best, reading) => (reading.mgdl > best.mgdl ? reading : best), first);
  return { rise: highest.mgdl - first.mgdl, minutes: (highest.at - meal) / 60 };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Row {
  readonly figure: keyof Figures;
  readonly every: Bounds;
  readonly median: Bounds;
  readonly measured: readonly number[];
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function documented(): readonly Row[] {
  const text = readFileSync(join(import.meta.dirname, "../../docs/glucose.md"), "utf8");
  return [...text.matchAll(/^\| `(\w+)`: [^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|[^|]*\|$/gm)].map(([, figure, every, median, measured]) => ({
    figure: figure as keyof Figures,
    every: bounds(every),
    median: bounds(median),
    measured: numbers(measured, ","),
  }));
}

function bounds(text: string | undefined): Bounds {
  const [low = Number.NaN, high = Number.NaN] = numbers(text, " to ");
  return { low, high };
}

function numbers(text: string | undefined, separator: string): readonly number[] {
  return (text ?? "").split(separator).map(Number);
}
