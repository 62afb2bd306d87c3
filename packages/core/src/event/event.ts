import { z } from "zod";
import { ARRIVALS } from "../day/commit.ts";

/** RFC 3339 in UTC to the second. */
const time = z.iso.datetime();

export const eventReading = z.object({
  timestamp: time,
  glucose_mg_dl: z.int(),
  range_flag: z.object({ side: z.enum(["below", "above"]), bound_mg_dl: z.int() }).nullable(),
  trend: z.string(),
  trend_rate_mg_dl_min: z.number().nullable(),
  utc_offset_minutes: z.int().nullable(),
  device: z.string().nullable(),
  /** For a revision: what stood before. */
  previous_glucose_mg_dl: z.int().nullable(),
});

const envelope = {
  specversion: z.literal("1.0"),
  /** The same for a repeat of the same event. */
  id: z.string(),
  source: z.literal("bg-ingest"),
  /** Events of one subject are in order. */
  subject: z.string(),
  time,
  datacontenttype: z.literal("application/json"),
};

/** One per commit. `id` is source/day/version, `subject` source/day. */
export const readingsRecorded = z.object({
  ...envelope,
  type: z.literal("bg.readings.recorded.v1"),
  data: z.object({
    user_id: z.string(),
    provider: z.string(),
    source: z.string(),
    day: z.iso.date(),
    version: z.int(),
    arrival: z.enum(ARRIVALS),
    received_at: time,
    readings: z.array(eventReading),
  }),
});

export const connectionChanged = z.object({
  ...envelope,
  type: z.literal("bg.connection.changed.v1"),
  data: z.object({
    user_id: z.string(),
    provider: z.string(),
    source: z.string(),
    state: z.string(),
    reason: z.string().nullable(),
  }),
});

export const userErased = z.object({
  ...envelope,
  type: z.literal("bg.user.erased.v1"),
  data: z.object({ user_id: z.string(), sources: z.array(z.string()) }),
});

/** CloudEvents 1.0, structured JSON. */
export const bgEvent = z.discriminatedUnion("type", [readingsRecorded, connectionChanged, userErased]);

export type EventReading = z.infer<typeof eventReading>;
export type ReadingsRecorded = z.infer<typeof readingsRecorded>;
export type ConnectionChanged = z.infer<typeof connectionChanged>;
export type UserErased = z.infer<typeof userErased>;
export type BgEvent = z.infer<typeof bgEvent>;
