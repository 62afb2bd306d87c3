import { readReading } from "../day/columns.ts";
import { type DayLog, type LoggedCommit, startOfCommit, versionOf } from "../day/day-log.ts";
import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import { formatDay, formatInstant } from "../reading/instant.ts";
import type { EventReading, ReadingsRecorded } from "./event.ts";

export interface EventSource {
  readonly userId: UserId;
  readonly provider: ProviderName;
  readonly sourceId: SourceId;
}

/** One event for each commit above `published`, in order. */
export function recordedEvents(source: EventSource, log: DayLog, published: number): readonly ReadingsRecorded[] {
  const events: ReadingsRecorded[] = [];
  for (let version = published + 1; version <= versionOf(log); version++) events.push(recordedEvent(source, log, version));
  return events;
}

function recordedEvent(source: EventSource, log: DayLog, version: number): ReadingsRecorded {
  const commit = log.commits[version - 1] as LoggedCommit;
  const day = formatDay(log.day);
  const receivedAt = formatInstant(commit.receivedAt);
  const readings: EventReading[] = [];
  for (let i = startOfCommit(log, version); i < commit.end; i++) readings.push(eventReading(log, i, commit));
  return {
    specversion: "1.0",
    id: `${source.sourceId}/${day}/${version}`,
    source: "bg-ingest",
    subject: `${source.sourceId}/${day}`,
    time: receivedAt,
    datacontenttype: "application/json",
    type: "bg.readings.recorded.v1",
    data: {
      user_id: source.userId,
      provider: source.provider,
      source: source.sourceId,
      day,
      version,
      arrival: commit.arrival,
      received_at: receivedAt,
      readings,
    },
  };
}

function eventReading(log: DayLog, index: number, { arrival }: LoggedCommit): EventReading {
  const reading = readReading(log.columns, index, log.day);
  const flag = reading.rangeFlag;
  return {
    timestamp: formatInstant(reading.at),
    glucose_mg_dl: reading.mgdl,
    range_flag: flag === null ? null : { side: flag.side, bound_mg_dl: flag.boundMgdl },
    trend: reading.trend,
    trend_rate_mg_dl_min: reading.trendRate,
    utc_offset_minutes: reading.utcOffsetMinutes,
    device: reading.device,
    // Of everything else nothing stood before: to look for it in a day of many thousands takes seconds.
    previous_glucose_mg_dl: arrival === "revision" ? previousMgdl(log, index) : null,
  };
}

/** What stood for the same instant before this version. */
function previousMgdl(log: DayLog, index: number): number | null {
  if (index === 0) return null;
  const second = log.columns.second[index] as number;
  const before = log.columns.second.lastIndexOf(second, index - 1);
  return before < 0 ? null : (log.columns.mgdl[before] as number);
}
