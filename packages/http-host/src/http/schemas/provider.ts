import { CAPABILITIES } from "@bg-ingest/core";
import { z } from "zod";

const capabilities = z.array(z.enum(CAPABILITIES));

const traits = z.strictObject({
  cadence_seconds: z.int().meta({ description: "Between two readings, usually; it is never asked more often." }),
  publication_delay_seconds: z.int().meta({ description: "Between a measurement and its being shown." }),
  max_window_seconds: z.int().meta({ description: "The widest span of one request." }),
  history_seconds: z.int().meta({ description: "How far back it can ever go." }),
  re_pull: z
    .array(z.strictObject({ every_seconds: z.int(), look_back_seconds: z.int() }))
    .meta({ description: "How often how much of the past is asked again, for data that came late." }),
  rate_limit: z.strictObject({ calls: z.int(), per_seconds: z.int(), scope: z.enum(["application", "account"]) }).nullable(),
});

export const providers = z.strictObject({
  providers: z.array(
    z.strictObject({
      name: z.string(),
      display_name: z.string(),
      capabilities,
      traits,
      connect: z
        .strictObject({
          oauth: z.boolean(),
          login_fields: z
            .array(z.strictObject({ name: z.string(), label: z.string(), secret: z.boolean() }))
            .nullable()
            .meta({ description: "What to send to connect; null: it is not connected by a login form." }),
        })
        .meta({ description: "What connecting needs." }),
    }),
  ),
  not_configured: z
    .array(z.strictObject({ name: z.string(), display_name: z.string(), missing_settings: z.array(z.string()) }))
    .meta({ description: "Installed, and waiting for settings." }),
  not_loaded: z
    .array(z.strictObject({ package: z.string(), name: z.string().nullable(), display_name: z.string().nullable() }))
    .meta({ description: "Meant to be here, and could not be loaded when the service started; its log says why. null: not known." }),
});
