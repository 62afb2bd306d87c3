import type { GlucoseUnit, Mgdl } from "@bg-ingest/core";
import { type Fragments, fragmentsUpTo, onceFor } from "./fragments.ts";
import { glucoseText } from "./glucose-text.ts";
import { type Detail, glucoseName, type SeriesMediaType } from "./representation.ts";
import { ROW_FORMS } from "./row-form.ts";

const HIGHEST_MGDL = 1000;

/** What follows the clock of a row, by mg/dL: the end of the timestamp and the glucose; in a plain row its end as well. */
export function glucoseFragments(mediaType: SeriesMediaType, detail: Detail, unit: GlucoseUnit): Fragments {
  return TABLES(`${mediaType} ${detail} ${unit}`);
}

const TABLES = onceFor((name: `${SeriesMediaType} ${Detail} ${GlucoseUnit}`) => {
  const [mediaType, detail, unit] = name.split(" ") as [SeriesMediaType, Detail, GlucoseUnit];
  const { quote, field, rowEnd } = ROW_FORMS[mediaType];
  const end = detail === "plain" ? rowEnd : "";
  return fragmentsUpTo(HIGHEST_MGDL, (mgdl) => `Z${quote}${field(glucoseName(unit), glucoseText(mgdl as Mgdl, unit))}${end}`);
});
