import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPerson } from "./person.ts";
import { FIVE_MINUTE_SENSOR, type Measurement, measure, ONE_MINUTE_SENSOR, type SensorModel } from "./sensor.ts";

const DAY = 86_400;
const seed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const moment = fc.integer({ min: 0, max: 4_000_000_000 });
const model = fc.constantFrom(FIVE_MINUTE_SENSOR, ONE_MINUTE_SENSOR, { ...FIVE_MINUTE_SENSOR, cadenceSeconds: 900 });

describe("a person's measurements", () => {
  it("are the same in whatever windows they are asked", () => {
    fc.assert(
      fc.property(seed, model, moment, fc.array(fc.integer({ min: 0, max: 2 * DAY }), { maxLength: 6 }), (who, sensor, start, cuts) => {
        const person = createPerson(who);
        const edges = [0, ...cuts.sort((a, b) => a - b), 2 * DAY].map((offset) => start + offset);
        const parts = edges.slice(1).flatMap((to, index) => measure(person, sensor, edges[index] ?? start, to));
        expect(parts).toEqual(measure(person, sensor, start, start + 2 * DAY));
      }),
      { numRuns: 60 },
    );
  });

  it("lie in the window asked, in order, each at a whole second", () => {
    fc.assert(
      fc.property(seed, model, moment, fc.integer({ min: 0, max: DAY }), (who, sensor, from, length) => {
        const times = measure(createPerson(who), sensor, from, from + length).map(({ at }) => at);
        expect(times.every((at) => at >= from && at < from + length && Number.isInteger(at))).toBe(true);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      }),
    );
  });

  it("are glucose: within what a body can have, and told apart from person to person", () => {
    fc.assert(
      fc.property(seed, moment, (who, from) => {
        const values = measure(createPerson(who), FIVE_MINUTE_SENSOR, from, from + 2 * DAY).map(({ mgdl }) => mgdl);
        expect(Math.min(...values)).toBeGreaterThan(20);
        expect(Math.max(...values)).toBeLessThan(600);
        const other = measure(createPerson(who + 1), FIVE_MINUTE_SENSOR, from, from + 2 * DAY).map(({ mgdl }) => mgdl);
        expect(other).not.toEqual(values);
      }),
    );
  });

  it("tell a rate that is the difference over ten minutes, and none before a sensor is ten minutes old", () => {
    fc.assert(
      fc.property(seed, moment, (who, from) => {
        const readings = measure(createPerson(who), FIVE_MINUTE_SENSOR, from, from + 11 * DAY);
        const isYoung = ({ secondsSinceInsertion }: Measurement) => secondsSinceInsertion < FIVE_MINUTE_SENSOR.warmUpSeconds + 590;
        expect(readings.every((reading) => isYoung(reading) === (reading.mgdlPerMinute === null))).toBe(true);
        for (const [index, reading] of readings.entries()) {
          const before = readings[index - 2];
          if (before === undefined || isYoung(reading)) continue;
          expect(reading.mgdlPerMinute).toBeCloseTo(((reading.mgdl - before.mgdl) * 60) / (reading.at - before.at), 9);
        }
      }),
      { numRuns: 10 },
    );
  });
});

describe("a sensor", () => {
  it.each<readonly [string, SensorModel, number, number]>([
    ["5-minute", FIVE_MINUTE_SENSOR, 298, 302],
    ["1-minute", ONE_MINUTE_SENSOR, 60, 60],
  ])("of the %s kind keeps its spacing, warms up, and is changed every ten days", (_, sensor, closest, widest) => {
    const readings = measure(createPerson(5), sensor, 1_760_000_000, 1_760_000_000 + 40 * DAY);
    const steps = readings.slice(1).map((reading, index) => ({ reading, before: readings[index] ?? reading }));
    const changes = steps.filter(({ reading, before }) => reading.session !== before.session);
    const others = steps
      .filter(({ reading, before }) => reading.session === before.session)
      .map(({ reading, before }) => reading.at - before.at);
    expect([Math.min(...others), Math.max(...others)]).toEqual([closest, widest]);
    expect(changes.length).toBe(4);
    for (const { reading, before } of changes) {
      expect(reading.session).toBe(before.session + 1);
      expect(Math.abs(reading.secondsSinceInsertion - sensor.warmUpSeconds)).toBeLessThanOrEqual(1);
      expect(reading.at - before.at).toBeGreaterThanOrEqual(sensor.warmUpSeconds - 1);
    }
    const [first, second] = changes.map(({ reading }) => reading.at);
    expect(Math.abs((second ?? 0) - (first ?? 0) - 10 * DAY)).toBeLessThanOrEqual(2);
  });

  it("gives about 288 readings a day on every day without a change", () => {
    const start = 1_760_054_400;
    const counts = Array.from(
      { length: 30 },
      (_, day) => measure(createPerson(9), FIVE_MINUTE_SENSOR, start + day * DAY, start + (day + 1) * DAY).length,
    );
    expect(counts.filter((count) => count >= 287 && count <= 289).length).toBe(27);
    expect(counts.filter((count) => count >= 281 && count <= 283).length).toBe(3);
  });
});
