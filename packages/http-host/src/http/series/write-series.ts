import type { GlucoseUnit, SeriesRun } from "@bg-ingest/core";
import { type ByteSink, createByteSink } from "./byte-sink.ts";
import { glucoseFragments } from "./plain-fields.ts";
import type { Representation, SeriesMediaType } from "./representation.ts";
import { bodyForm, ROW_FORMS, startOfRows } from "./row-form.ts";
import { writeFullRows } from "./write-full-rows.ts";

/** A little more than a row takes, so that the sink seldom has to grow. */
const EXPECTED_ROW_LENGTH = { plain: 64, full: 320 } as const;
const ROOM_AROUND = 256;

/** The whole body, written straight from the columns: no reading becomes an object on the way. */
export function writeSeries(runs: readonly SeriesRun[], representation: Representation): Buffer {
  return writePiece(runs, representation, { isFirst: true, isLast: true });
}

/** The same bytes piece by piece, each of so many rows or a few more; each is written when its turn comes. */
export function* writeInPieces(runs: readonly SeriesRun[], representation: Representation, rowsAtOnce: number): Generator<Buffer, void> {
  const pieces = piecesOf(runs, rowsAtOnce);
  for (const [place, piece] of pieces.entries()) {
    yield writePiece(piece, representation, { isFirst: place === 0, isLast: place === pieces.length - 1 });
  }
}

/** One at least; no run is parted, and no piece but an only one is without rows. */
function piecesOf(runs: readonly SeriesRun[], rowsAtOnce: number): readonly (readonly SeriesRun[])[] {
  const pieces: SeriesRun[][] = [[]];
  let rows = 0;
  for (const run of runs) {
    if (run.versions.length === 0) continue;
    if (rows >= rowsAtOnce) {
      pieces.push([]);
      rows = 0;
    }
    pieces.at(-1)?.push(run);
    rows += run.versions.length;
  }
  return pieces;
}

interface Place {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function writePiece(runs: readonly SeriesRun[], representation: Representation, { isFirst, isLast }: Place): Buffer {
  const { detail, mediaType, unit } = representation;
  const rows = rowsIn(runs);
  const sink = createByteSink(rows * EXPECTED_ROW_LENGTH[detail] + ROOM_AROUND);
  const body = bodyForm(representation);
  if (isFirst) sink.put(Buffer.from(body.start));
  const writeRows = detail === "plain" ? writePlainRows : writeFullRows;
  writeRows(sink, runs, mediaType, unit);
  if (!isLast) return sink.taken();
  if (rows > 0) {
    sink.drop(ROW_FORMS[mediaType].rowEnd.length);
    sink.put(Buffer.from(body.lastRowEnd));
  }
  sink.put(Buffer.from(body.end));
  return sink.taken();
}

export function rowsIn(runs: readonly SeriesRun[]): number {
  return runs.reduce((count, { versions }) => count + versions.length, 0);
}

function writePlainRows(sink: ByteSink, runs: readonly SeriesRun[], mediaType: SeriesMediaType, unit: GlucoseUnit): void {
  const form = ROW_FORMS[mediaType];
  const glucose = glucoseFragments(mediaType, "plain", unit);
  for (const { day, timeline, versions } of runs) {
    const { second, mgdl } = timeline;
    const start = startOfRows(form, day);
    for (let place = 0; place < versions.length; place++) {
      const version = versions[place] as number;
      sink.put(start);
      sink.putClock(second[version] as number);
      sink.put(glucose(mgdl[version] as number));
    }
  }
}
