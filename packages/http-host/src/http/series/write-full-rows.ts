import { type Day, dayOf, formatDay, type GlucoseUnit, type Instant, type SeriesRun, startOf } from "@bg-ingest/core";
import type { ByteSink } from "./byte-sink.ts";
import { fullFields } from "./full-fields.ts";
import { glucoseFragments } from "./plain-fields.ts";
import type { SeriesMediaType } from "./representation.ts";
import { revisionsOf } from "./revisions.ts";
import { ROW_FORMS, type RowForm, startOfRows } from "./row-form.ts";

export function writeFullRows(sink: ByteSink, runs: readonly SeriesRun[], mediaType: SeriesMediaType, unit: GlucoseUnit): void {
  const form = ROW_FORMS[mediaType];
  const known = new Map<SeriesRun["timeline"], DayFields>();
  for (const run of runs) {
    const day = known.get(run.timeline) ?? dayFields(run, form);
    known.set(run.timeline, day);
    writeRun(sink, run, day, mediaType, unit);
  }
}

/** What the runs of a source's day have in common. */
interface DayFields {
  readonly source: Uint8Array;
  /** By device. */
  readonly devices: readonly Uint8Array[];
  /** By version. */
  readonly receivedAt: Uint32Array;
  /** By version. */
  readonly revision: Uint32Array;
}

function dayFields(run: SeriesRun, { field, text, nothing }: RowForm): DayFields {
  return {
    source: Buffer.from(field("source", text(run.source.sourceId))),
    devices: run.timeline.devices.map((name) => Buffer.from(field("device", name === null ? nothing : text(name)))),
    receivedAt: receivedAtOf(run),
    revision: revisionsOf(run.timeline),
  };
}

/** The versions of a commit were received together. */
function receivedAtOf(run: SeriesRun): Uint32Array {
  const receivedAt = new Uint32Array(run.timeline.length);
  let start = 0;
  for (const commit of run.commits()) {
    receivedAt.fill(commit.receivedAt, start, commit.end);
    start = commit.end;
  }
  return receivedAt;
}

function writeRun(sink: ByteSink, run: SeriesRun, fields: DayFields, mediaType: SeriesMediaType, unit: GlucoseUnit): void {
  const form = ROW_FORMS[mediaType];
  const { second, mgdl, bound, device } = run.timeline;
  const details = run.details();
  const glucose = glucoseFragments(mediaType, "full", unit);
  const { trend, rate, bound: flag, utcOffset, revision } = fullFields(mediaType, unit);
  const putReceived = receivedWriter(sink, form);
  const start = startOfRows(form, run.day);
  const end = Buffer.from(form.rowEnd);
  for (let place = 0; place < run.versions.length; place++) {
    const version = run.versions[place] as number;
    sink.put(start);
    sink.putClock(second[version] as number);
    sink.put(glucose(mgdl[version] as number));
    sink.put(trend(details.trend[version] as number));
    sink.put(rate(details.rate[version] as number));
    sink.put(flag(bound[version] as number));
    sink.put(fields.source);
    sink.put(fields.devices[device[version] as number] as Uint8Array);
    sink.put(utcOffset(details.utcOffset[version] as number));
    putReceived(fields.receivedAt[version] as Instant);
    sink.put(revision(fields.revision[version] as number));
    sink.put(end);
  }
}

/** Neighbouring readings were mostly received on one day. */
function receivedWriter(sink: ByteSink, { field, quote }: RowForm): (receivedAt: Instant) => void {
  const beforeDay = field("received_at", quote);
  const end = Buffer.from(`Z${quote}`);
  let day: Day | null = null;
  let start: Uint8Array = end;
  return (receivedAt) => {
    if (dayOf(receivedAt) !== day) {
      day = dayOf(receivedAt);
      start = Buffer.from(`${beforeDay}${formatDay(day)}T`);
    }
    sink.put(start);
    sink.putClock(receivedAt - startOf(day));
    sink.put(end);
  };
}
