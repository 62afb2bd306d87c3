import { type Day, formatDay } from "@bg-ingest/core";

let knownDay: Day | null = null;
let knownText = "";

/** `2025-04-26`. Most answers are about the day of the answer before. */
export function dayText(day: Day): string {
  if (day !== knownDay) {
    knownText = formatDay(day);
    knownDay = day;
  }
  return knownText;
}
