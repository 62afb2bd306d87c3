import { type Instant, type InstantRefused, parseInstant } from "@bg-ingest/core";
import { z } from "zod";

const WHY: Readonly<Record<InstantRefused["kind"], string>> = {
  time_unreadable:
    "It should be a time between 2000 and 2100 such as 2025-04-26T14:30:00Z or 2025-04-26T16:30:00%2B02:00 (in a query, + is best written %2B).",
  time_without_zone:
    "It has no zone, so it could be anybody's wall clock: add Z, or an offset such as %2B02:00 (in a query, + is best written %2B).",
};

/** RFC 3339 with a zone; an offset is honoured. */
export function instantParameter(description: string) {
  return z
    .string({ error: WHY.time_unreadable })
    .meta({ description, format: "date-time", examples: ["2025-04-26T14:30:00Z"] })
    .transform((text, context): Instant => {
      const parsed = parseInstant(withPlus(text));
      if (parsed.isOk()) return parsed.value;
      context.addIssue({ code: "custom", message: DATE_ALONE.test(text) ? dateAlone(text) : WHY[parsed.error.kind] });
      return z.NEVER;
    });
}

const DATE_ALONE = /^\d{4}-\d{2}-\d{2}$/;

function dateAlone(date: string): string {
  return `A date alone is not enough: add T00:00:00Z, as in ${date}T00:00:00Z.`;
}

/** In a query a + that was not written %2B is read as a space. */
function withPlus(text: string): string {
  return text.replace(/ (?=\d{2}:\d{2}$)/, "+");
}
