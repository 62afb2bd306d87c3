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
  const { detail, mediaType, unit } = representation;
  const rows = runs.reduce((count, { versions }) => count + versions.length, 0);
  const sink = createByteSink(rows * EXPECTED_ROW_LENGTH[detail] + ROOM_AROUND);
  const body = bodyForm(representation);
  sink.put(Buffer.from(body.start));
  const writeRows = detail === "plain" ? writePlainRows : writeFullRows;
  writeRows(sink, runs, mediaType, unit);
  if (rows > 0) {
    sink.drop(ROW_FORMS[mediaType].rowEnd.length);
    sink.put(Buffer.from(body.lastRowEnd));
  }
  sink.put(Buffer.from(body.end));
  return sink.taken();
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
