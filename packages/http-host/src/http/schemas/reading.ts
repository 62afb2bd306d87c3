import { GLUCOSE_UNITS, type GlucoseUnit, TRENDS } from "@bg-ingest/core";
import { z } from "zod";
import { boundName, glucoseName } from "../series/representation.ts";

/** To the second, in UTC. */
export function timestamp(description: string) {
  return z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
    .meta({ description, format: "date-time", examples: ["2025-04-26T14:30:00Z"] });
}

const glucose: Readonly<Record<GlucoseUnit, z.ZodNumber>> = {
  "mg/dL": z
    .int()
    .min(20)
    .max(1000)
    .meta({ description: "mg/dL", examples: [110] }),
  "mmol/L": z
    .number()
    .min(1.1)
    .max(55.5)
    .meta({ description: "mmol/L, one decimal", examples: [6.1] }),
};

function plainReading(unit: GlucoseUnit) {
  return z.strictObject({ timestamp: timestamp("When it was measured."), [glucoseName(unit)]: glucose[unit] });
}

function fullReading(unit: GlucoseUnit) {
  return plainReading(unit).extend({
    trend: z.enum(TRENDS).meta({ description: "Where glucose is going. `unknown` is never `steady`." }),
    trend_rate_mg_dl_min: z
      .number()
      .nullable()
      .meta({ description: "mg/dL per minute, whatever the unit of the glucose; null if not told." }),
    range_flag: z.enum(["below", "above"]).nullable().meta({
      description: "The sensor said only that glucose is beyond what it measures; the number is then the vendor's convention. Else null.",
    }),
    [boundName(unit)]: glucose[unit].nullable().meta({ description: "The bound that glucose lies below or above; null without a flag." }),
    source: z.string().meta({ description: "The source that measured it, as `GET /api/connections/{userId}` lists it." }),
    device: z.string().nullable().meta({ description: "Tells one sensor of the source from another; null if not told." }),
    utc_offset_minutes: z.int().min(-720).max(840).nullable().meta({ description: "The person's offset from UTC; null if not told." }),
    received_at: timestamp("When this service stored this version of it."),
    revision: z.int().min(0).meta({ description: "How many versions of this instant came before." }),
  });
}

/** One reading in any of the ways it can be asked for. */
export const reading = z.union([...GLUCOSE_UNITS.map(plainReading), ...GLUCOSE_UNITS.map(fullReading)]);

export const series = z.array(reading).meta({ description: "Ascending in time." });
