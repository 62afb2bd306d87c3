import { z } from "zod";

/** What we use of the vendor's answers; whatever else they hold is left alone. */
export const wireRecord = z.object({
  systemTime: z.string(),
  displayTime: z.string().nullish(),
  transmitterId: z.string().nullish(),
  value: z.number().nullish(),
  status: z.string().nullish(),
  trend: z.string().nullish(),
  trendRate: z.number().nullish(),
  unit: z.string().nullish(),
  rateUnit: z.string().nullish(),
});

export type WireRecord = z.output<typeof wireRecord>;

/** The records are looked at one by one: one that cannot be read is no reason to lose the others. */
export const wirePage = z.object({ accountId: z.string().nullish(), nextPage: z.string().nullish(), records: z.array(z.unknown()) });

export const wireDataRange = z.object({ start: z.string().nullable(), end: z.string().nullable() });

export const wireToken = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
  account_id: z.string().nullish(),
});

export const wireSession = z.object({
  accountId: z.string().nullish(),
  sessionToken: z.string().min(1),
  renewalKey: z.string().min(1),
  expiresIn: z.number().positive(),
});

export const wireKey = z.object({ accountId: z.string().nullish(), accessKey: z.string().min(1) });

export const wireError = z.object({ error: z.string() });

export const wireDelivery = z.discriminatedUnion("type", [
  z.object({ type: z.literal("readings.recorded"), data: z.unknown() }),
  z.object({ type: z.literal("readings.changed") }),
  z.object({ type: z.literal("webhook.challenge"), challenge: z.string() }),
]);
