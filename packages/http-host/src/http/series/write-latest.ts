import {
  dayOf,
  formatInstant,
  formatSecondOfDay,
  type GlucoseUnit,
  type LatestReading,
  type SourcedReading,
  type StoreError,
  startOf,
} from "@bg-ingest/core";
import { ok, type Result } from "neverthrow";
import { dayText } from "./day-text.ts";
import { glucoseText } from "./glucose-text.ts";
import { boundName, type Detail, glucoseName } from "./representation.ts";
import { ROW_FORMS } from "./row-form.ts";

const { field, text, nothing } = ROW_FORMS["application/json"];

/** One reading as it stands in a series. Only what is shown is decoded. */
export function writeLatest(latest: LatestReading, detail: Detail, unit: GlucoseUnit): Result<string, StoreError> {
  const day = dayOf(latest.at);
  const clock = formatSecondOfDay(latest.at - startOf(day));
  const plain = `{"timestamp":"${dayText(day)}T${clock}Z","${glucoseName(unit)}":${glucoseText(latest.mgdl, unit)}`;
  return detail === "plain" ? ok(`${plain}}`) : latest.complete().map((reading) => `${plain}${furtherFields(reading, unit)}}`);
}

function furtherFields({ reading, source, receivedAt, revision }: SourcedReading, unit: GlucoseUnit): string {
  const { rangeFlag, device } = reading;
  return [
    field("trend", text(reading.trend)),
    field("trend_rate_mg_dl_min", String(reading.trendRate)),
    field("range_flag", rangeFlag === null ? nothing : text(rangeFlag.side)),
    field(boundName(unit), rangeFlag === null ? nothing : glucoseText(rangeFlag.boundMgdl, unit)),
    field("source", text(source.sourceId)),
    field("device", device === null ? nothing : text(device)),
    field("utc_offset_minutes", String(reading.utcOffsetMinutes)),
    field("received_at", text(formatInstant(receivedAt))),
    field("revision", String(revision)),
  ].join("");
}
