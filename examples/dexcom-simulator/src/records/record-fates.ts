import { between, mix, mixText, oneOf, unit } from "../chance.ts";
import { RECORD_FATES, type RecordFate } from "../faults/fault.ts";

const HOUR = 3_600;

/** Records of one block are struck together; the others each for itself. */
const BLOCK_SECONDS: Readonly<Partial<Record<RecordFate, number>>> = {
  gaps: 6 * HOUR,
  late_arrivals: 2 * HOUR,
  out_of_range: HOUR,
};

const SALTS = Object.fromEntries(Object.keys(RECORD_FATES).map((fate) => [fate, mixText(0x46415445, fate)])) as Record<RecordFate, number>;

/** Draws for a fate, the same for all records of a block; `undefined`: the record at this instant is spared. */
export function drawFate(seed: number, fate: RecordFate, at: number, share: number): number | undefined {
  const bits = mix(mix(seed, SALTS[fate]), Math.floor(at / (BLOCK_SECONDS[fate] ?? 1)));
  return unit(bits) < share ? mix(bits, 1) : undefined;
}

export function isInGap(bits: number, at: number): boolean {
  const start = between(mix(bits, 1), 0, 4 * HOUR);
  const second = at % (6 * HOUR);
  return second >= start && second < start + between(mix(bits, 2), HOUR / 2, 2 * HOUR);
}

export function lateSeconds(bits: number): number {
  return Math.round(between(bits, HOUR, 26 * HOUR));
}

/** Most revisions come soon, some after days. */
export function revisedAfterSeconds(bits: number): number {
  return Math.round(HOUR / 2 + unit(bits) ** 3 * (6 * 24 * HOUR - HOUR / 2));
}

/** Another value within what a sensor shows, 8 to 20 mg/dL away. */
export function revisedValue(bits: number, mgdl: number): number {
  const step = Math.round(between(mix(bits, 1), 8, 20));
  const up = (bits & 1) === 1;
  return (up && mgdl + step <= 400) || mgdl - step < 40 ? mgdl + step : mgdl - step;
}

/** What stands in the place of a record. `id` keeps most of them apart. */
export function brokenText(bits: number, id: string): string {
  return oneOf(bits, [
    "null",
    "17",
    "[]",
    "{}",
    `{"recordId":"${id}"}`,
    `{"recordId":"${id}","systemTime":"the day before yesterday","value":110,"unit":"mg/dL"}`,
    `{"recordId":"${id}","systemTime":"2025-02-30T10:00:00Z","value":110,"unit":"mg/dL"}`,
    `{"recordId":"${id}","systemTime":"","value":110,"unit":"mg/dL"}`,
    `{"recordId":"${id}","systemTime":1738281000,"value":"one hundred","unit":"mg/dL"}`,
    `{"__proto__":{"value":110},"recordId":"${id}","systemTime":"0001-01-01T00:00:00Z","unit":"mg/dL"}`,
  ]);
}
