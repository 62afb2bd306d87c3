import { GLUCOSE_UNITS, type Instant, parseSourceId, type Selection, type SourceId } from "@bg-ingest/core";
import { z } from "zod";
import { DETAILS } from "../series/representation.ts";
import { instantParameter } from "./instant-parameter.ts";

const sourceParameter = z
  .string()
  .meta({ description: "Only this source, as `GET /api/connections/{userId}` lists it.", pattern: "^[a-z0-9]{8,16}$" })
  .transform((text, context): SourceId => {
    const parsed = parseSourceId(text);
    if (parsed.isOk()) return parsed.value;
    context.addIssue({ code: "custom", message: `${parsed.error.message}.` });
    return z.NEVER;
  });

/** Which readings are meant, and how they are shown. */
export const selectionParameters = {
  unit: z
    .enum(GLUCOSE_UNITS)
    .default("mg/dL")
    .meta({ description: "`mmol/L` gives `glucose_mmol_l`, with one decimal, in place of `glucose_mg_dl`." }),
  detail: z.enum(DETAILS).default("plain").meta({ description: "`full` adds everything that is known of a reading." }),
  view: z.enum(["canonical", "all"]).default("canonical").meta({
    description:
      "`canonical` shows one of readings that tell the same twice (near-duplicate/1, source-priority/1). `all` shows every source's reading of every instant.",
  }),
  source: sourceParameter.optional(),
  as_of: instantParameter("What was known then, final once it is two minutes past; without it, what is known now.").optional(),
};

export function selectionOf(query: {
  readonly view: Selection["view"];
  readonly source?: SourceId | undefined;
  readonly as_of?: Instant | undefined;
}): Selection {
  return { view: query.view, sourceId: query.source ?? null, asOf: query.as_of ?? null };
}
