import { INTEGER_CONTEXTS } from "./entropy/probability.ts";
import type { RangeDecoder } from "./entropy/range-decoder.ts";
import type { RangeEncoder } from "./entropy/range-encoder.ts";

/** Contexts of one column in runs: the count of runs, their lengths, their values. */
export const RUN_CONTEXTS = 3 * INTEGER_CONTEXTS;

type Column = Int16Array | Uint8Array;

/** For what seldom changes within a day: a unit, a device, an offset. */
export function writeRuns(encoder: RangeEncoder, contexts: number, column: Column): void {
  const ends = runEnds(column);
  encoder.unsigned(contexts, ends.length);
  let start = 0;
  for (const end of ends) {
    encoder.unsigned(contexts + INTEGER_CONTEXTS, end - start);
    encoder.signed(contexts + 2 * INTEGER_CONTEXTS, column[start] as number);
    start = end;
  }
}

/** Fills `column`. What damaged bytes say beyond its end is ignored. */
export function readRuns(decoder: RangeDecoder, contexts: number, column: Column): void {
  const runs = Math.min(decoder.unsigned(contexts), column.length);
  let start = 0;
  for (let run = 0; run < runs; run++) {
    const end = start + decoder.unsigned(contexts + INTEGER_CONTEXTS);
    column.fill(decoder.signed(contexts + 2 * INTEGER_CONTEXTS), start, end);
    start = end;
  }
}

function runEnds(column: Column): readonly number[] {
  const ends: number[] = [];
  for (let i = 1; i < column.length; i++) {
    if (column[i] !== column[i - 1]) ends.push(i);
  }
  if (column.length > 0) ends.push(column.length);
  return ends;
}
