import { deflateRawSync } from "node:zlib";
import type { DayLog } from "../../../packages/core/src/day/day-log.ts";

/** What the day codec is held against: the same content in columns of varints, deflated as hard as zlib can. Written only, never read back. */
export function deflateColumns({ columns, commits, published }: DayLog): Uint8Array {
  const { second, mgdl, trend, rate, bound, unit, device, utcOffset, trendWord } = columns;
  const numbers: number[] = [published, commits.length, second.length];
  for (const column of [steps(steps(second)), steps(mgdl), trend, steps(rate)]) for (const value of column) numbers.push(zigzag(value));
  for (const column of [bound, unit, device, utcOffset, trendWord]) numbers.push(...runs(column).map(zigzag));
  for (const column of [
    steps(steps(commits.map(({ receivedAt }) => receivedAt))),
    commits.map(({ receivedAt, askedAt }) => receivedAt - askedAt),
    commits.map(({ arrival }) => ARRIVAL_NUMBERS.indexOf(arrival)),
    steps(commits.map(({ end }) => end)),
  ])
    for (const value of column) numbers.push(zigzag(value));
  const names = JSON.stringify([columns.devices, columns.trendWords]);
  return deflateRawSync(Buffer.concat([Buffer.from(numbers.flatMap(varint)), Buffer.from(names)]), { level: 9 });
}

const ARRIVAL_NUMBERS = ["live", "late", "revision", "backfill"];

type Numbers = ArrayLike<number>;

function steps(values: Numbers): readonly number[] {
  return Array.from(values, (value, i) => value - (i === 0 ? 0 : (values[i - 1] as number)));
}

/** Each value and how often it stands in a row. */
function runs(values: Numbers): readonly number[] {
  const found: number[] = [];
  for (const [i, value] of Array.from(values).entries()) {
    if (i > 0 && value === values[i - 1]) found[found.length - 1] = (found.at(-1) as number) + 1;
    else found.push(value, 1);
  }
  return found;
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}
