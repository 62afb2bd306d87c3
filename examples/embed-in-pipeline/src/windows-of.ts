import { addSeconds, type CallBy, type Instant, type Span, type UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { holdDays } from "./held-days.ts";
import type { OpenedStore } from "./open-store.ts";
import { columnsOf, type ReadingColumns } from "./reading-columns.ts";
import { seriesOf } from "./series-of.ts";

/** What a model is shown: so much of the past in slots of a step each, and the value that came so long after. */
export interface WindowShape {
  readonly lookBackSeconds: number;
  readonly stepSeconds: number;
  readonly horizonSeconds: number;
}

/** One row for each moment at which anything was known. `NaN`: nothing. */
export interface Windows {
  readonly length: number;
  /** Milliseconds since 1970: when the model would have been asked. */
  readonly atMs: Float64Array;
  /** mg/dL, a column for each slot, the oldest first. The last one ends at the moment itself. */
  readonly slots: readonly Float32Array[];
  /** mg/dL at the horizon, to half a step, as it is known by now. */
  readonly target: Float32Array;
}

/**
 * Windows without look-ahead: each holds what *the service had received* by its moment, and as it was then, before late and revised readings
 * came. A history that was read when the person connected was known to nobody before: there are no windows of that time.
 */
export async function windowsOf(
  store: OpenedStore,
  userId: UserId,
  span: Span,
  shape: WindowShape,
  call: CallBy,
): Promise<Result<Windows, string>> {
  const { lookBackSeconds, stepSeconds, horizonSeconds } = shape;
  const reach = { from: addSeconds(span.from, -lookBackSeconds), to: addSeconds(span.to, horizonSeconds + stepSeconds) };
  const held = await holdDays(store, userId, reach, call);
  if (held.isErr()) return err(held.error);
  const truth = (await seriesOf(held.value, userId, reach, null, call)).andThen(columnsOf);
  if (truth.isErr()) return err(truth.error);
  const rows: Row[] = [];
  for (let at = firstMoment(span.from, stepSeconds); at < span.to; at = addSeconds(at, stepSeconds)) {
    const past = { from: addSeconds(at, -lookBackSeconds), to: at };
    const known = (await seriesOf(held.value, userId, past, at, call)).andThen(columnsOf);
    if (known.isErr()) return err(known.error);
    if (known.value.atMs.length === 0) continue;
    rows.push({
      atMs: at * 1_000,
      slots: slotsOf(known.value, at, shape),
      target: targetOf(truth.value, addSeconds(at, horizonSeconds), stepSeconds),
    });
  }
  return ok(toColumns(rows, slotCount(shape)));
}

interface Row {
  readonly atMs: number;
  readonly slots: Float32Array;
  readonly target: number;
}

/** Moments stand on the clock: every five minutes means at :00, :05, … for everybody. */
function firstMoment(from: Instant, stepSeconds: number): Instant {
  return (Math.ceil(from / stepSeconds) * stepSeconds) as Instant;
}

function slotCount({ lookBackSeconds, stepSeconds }: WindowShape): number {
  return Math.floor(lookBackSeconds / stepSeconds);
}

/** The last value of each slot. */
function slotsOf({ atMs, mgdl }: ReadingColumns, at: Instant, shape: WindowShape): Float32Array {
  const slots = new Float32Array(slotCount(shape)).fill(Number.NaN);
  for (let n = 0; n < atMs.length; n++) {
    const stepsBack = Math.floor((at * 1_000 - (atMs[n] as number) - 1) / (shape.stepSeconds * 1_000));
    const slot = slots.length - 1 - stepsBack;
    if (slot >= 0) slots[slot] = mgdl[n] as number;
  }
  return slots;
}

/** The value nearest to a moment, half a step away at most. */
function targetOf({ atMs, mgdl }: ReadingColumns, at: Instant, stepSeconds: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((atMs[middle] as number) < at * 1_000) low = middle + 1;
    else high = middle;
  }
  const away = (place: number) => Math.abs((atMs[place] ?? Number.POSITIVE_INFINITY) - at * 1_000);
  const nearest = away(low - 1) < away(low) ? low - 1 : low;
  return away(nearest) <= stepSeconds * 500 ? (mgdl[nearest] as number) : Number.NaN;
}

function toColumns(rows: readonly Row[], count: number): Windows {
  return {
    length: rows.length,
    atMs: Float64Array.from(rows, ({ atMs }) => atMs),
    slots: Array.from({ length: count }, (_, slot) => Float32Array.from(rows, ({ slots }) => slots[slot] as number)),
    target: Float32Array.from(rows, ({ target }) => target),
  };
}
