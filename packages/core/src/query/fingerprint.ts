import type { StoredDay } from "../ports/reading-store.ts";
import type { Span } from "../reading/instant.ts";
import { policiesOf, type View } from "./view.ts";

/**
 * What a series was made from, as text: what was asked for, and of each source, higher before lower, the versions of the days that were
 * read. Nothing is hashed, so nothing collides; some five characters a day. Days are told as the step from the one before.
 */
export function fingerprintOf(days: readonly StoredDay[], span: Span, view: View): string {
  const { selection } = view;
  const asked = [selection.view, selection.sourceId ?? "", selection.asOf ?? "", span.from, span.to, ...policiesOf(selection)].join(" ");
  return [asked, ...view.sources.map(({ sourceId }) => versionsOf(days, sourceId))].filter((part) => part !== "").join("\n");
}

function versionsOf(days: readonly StoredDay[], sourceId: string): string {
  let text = "";
  let last = 0;
  for (const day of days) {
    if (day.sourceId !== sourceId) continue;
    text += ` ${(day.day - last).toString(36)}.${day.version.toString(36)}`;
    last = day.day;
  }
  return text === "" ? "" : sourceId + text;
}
