import { type GlucoseUnit, type Mgdl, NOT_TOLD, RATE_STEPS_PER_UNIT, TRENDS } from "@bg-ingest/core";
import { type Fragments, fragmentsUpTo, onceFor } from "./fragments.ts";
import { glucoseText } from "./glucose-text.ts";
import { boundName, type SeriesMediaType } from "./representation.ts";
import { ROW_FORMS } from "./row-form.ts";

/** The fields of a full row that are one of few values, by what the columns hold. */
export interface FullFields {
  readonly trend: Fragments;
  readonly rate: Fragments;
  /** The flag and its bound. */
  readonly bound: Fragments;
  readonly utcOffset: Fragments;
  readonly revision: Fragments;
}

export function fullFields(mediaType: SeriesMediaType, unit: GlucoseUnit): FullFields {
  return FIELDS(`${mediaType} ${unit}`);
}

const FIELDS = onceFor((name: `${SeriesMediaType} ${GlucoseUnit}`) => {
  const [mediaType, unit] = name.split(" ") as [SeriesMediaType, GlucoseUnit];
  return fieldsOf(mediaType, unit);
});

function fieldsOf(mediaType: SeriesMediaType, unit: GlucoseUnit): FullFields {
  const { field, text, nothing } = ROW_FORMS[mediaType];
  const flag = (side: string, bound: string): string => field("range_flag", side) + field(boundName(unit), bound);
  const told = (value: number, stepsPerUnit: number): string => (value === NOT_TOLD ? nothing : String(value / stepsPerUnit));
  return {
    trend: fragmentsUpTo(TRENDS.length, (index) => field("trend", text(TRENDS[index] as string))),
    rate: signed((value) => field("trend_rate_mg_dl_min", told(value, RATE_STEPS_PER_UNIT))),
    bound: signed((bound) => {
      if (bound === 0) return flag(nothing, nothing);
      return flag(text(bound < 0 ? "below" : "above"), glucoseText(Math.abs(bound) as Mgdl, unit));
    }),
    utcOffset: signed((value) => field("utc_offset_minutes", told(value, 1))),
    revision: fragmentsUpTo(0, (count) => field("revision", String(count))),
  };
}

const LOWEST_INT16 = -32_768;
const HIGHEST_INT16 = 32_767;

/** For whatever a 16-bit column can hold. */
function signed(textOf: (value: number) => string): Fragments {
  const fragments = fragmentsUpTo(HIGHEST_INT16 - LOWEST_INT16, (key) => textOf(key + LOWEST_INT16));
  return (value) => fragments(value - LOWEST_INT16);
}
