import { CONNECTION_STATES } from "@bg-ingest/core";
import { z } from "zod";
import { timestamp } from "./reading.ts";

const seconds = (description: string) => z.int().min(0).nullable().meta({ description });

const backfill = z.strictObject({
  started_at: timestamp("When it began."),
  finished_at: timestamp("When all of it was stored, or it was believed that there is none.").nullable(),
  from: timestamp("How far back it goes.").nullable(),
  to: timestamp("Where it began to go back from.").nullable(),
  done_from: timestamp("From here on all is stored.").nullable(),
  nothing_said: z.int().min(0).meta({
    description:
      "How often in a row the provider has said that it has no history: five times in eight days are believed until a reading comes.",
  }),
  progress: z.number().min(0).max(1).nullable().meta({ description: "0 to 1; null until the provider has said what it has." }),
});

const gap = z.strictObject({
  from: timestamp("The first instant, included."),
  to: timestamp("The last instant, not included."),
  reason: z.string(),
  recorded_at: timestamp("When it was given up on."),
});

/** How one connection really is. It tells times and counts, never a glucose value. */
export const connection = z.strictObject({
  provider: z.string(),
  display_name: z.string(),
  source: z.string().meta({ description: "The id that readings name as their `source`." }),
  state: z.enum(CONNECTION_STATES),
  message: z.string().nullable().meta({ description: "What is the matter, and what to do; null while all is well." }),
  since: timestamp("Since when what happened last has been so."),
  connected_at: timestamp("When this source was first connected."),
  last_success_at: timestamp(
    "When the provider last gave a good answer, one without anything new included, since it was connected; of a source that another process asks, when something new was last stored, or a note that is up to six hours old.",
  ).nullable(),
  last_error: z
    .strictObject({
      message: z.string(),
      since: timestamp("When it first happened."),
      attempts: z.int().min(1).nullable().meta({ description: "How often it was tried since; null where that is not counted." }),
    })
    .nullable()
    .meta({ description: "Null once an answer was good again." }),
  next_attempt_at: timestamp("When the provider is asked next, as far as is known.").nullable(),
  newest_reading_at: timestamp("The newest instant stored.").nullable(),
  age_seconds: seconds("From the newest reading to now."),
  lag_seconds: seconds("The same, less what the vendor takes to show a reading; below two poll intervals all is well."),
  backfill: backfill.nullable(),
  gaps: z.array(gap).meta({ description: "Spans that the provider could not give in a readable form." }),
  set_aside: z.int().min(0).meta({ description: "How many records were not taken, and are kept with their reasons." }),
  takes_deliveries: z.boolean(),
  push: z
    .strictObject({
      state: z.enum(["on", "off"]),
      since: timestamp("Since when."),
      message: z.string().nullable().meta({ description: "Why it is off." }),
      attempts: z.int().min(0).meta({ description: "How often the vendor was asked in vain." }),
      next_attempt_at: timestamp("When it is asked again.").nullable(),
    })
    .nullable()
    .meta({
      description: "Whether the vendor calls; off: readings come by polls, a little later. Null: it cannot be asked to, or was not yet.",
    }),
});

export const connections = z.strictObject({ connections: z.array(connection) });

export const connected = z.strictObject({
  provider: z.string(),
  source: z.string(),
  webhook: z
    .strictObject({
      url: z.url().meta({ description: "Where the vendor is to send deliveries." }),
      secret: z
        .string()
        .nullable()
        .meta({ description: "What deliveries are to be signed with: shown this once. Null: the secret of before still holds." }),
    })
    .nullable()
    .meta({ description: "Null: the provider takes no deliveries." }),
});

export const consentStarted = z.strictObject({
  authorization_url: z.url().meta({ description: "The vendor's page: send the browser there." }),
  expires_at: timestamp("From then on it is no longer good."),
});

export const setAsidePage = z.strictObject({
  records: z.array(
    z.strictObject({
      reason: z.string().meta({ description: "One of those that docs/errors.md lists." }),
      detail: z.string(),
      at: timestamp("The instant that the record speaks of.").nullable(),
      set_aside_at: timestamp("When it was set aside."),
      record: z.string().optional().meta({
        description:
          "The record as the provider gave it, as JSON, cut at 4 KiB; of a delivery its id and the beginning of its body. Left out for a page that was opened by a link.",
      }),
    }),
  ),
  next: z.string().nullable().meta({ description: "Give it as `after` to go on; null at the end." }),
});
