import { z } from "zod";

/** An adornment of a reading is left out where it is not of its documented type: the value and its time are worth more. */
const adornment = <T extends z.ZodType>(schema: T) => schema.nullish().catch(null);

/** What we use of an EGV; whatever else a record holds is left alone. */
export const wireEgv = z.object({
  systemTime: z.string(),
  value: z.number().nullish(),
  status: z.string().nullish(),
  unit: z.string().nullish(),
  displayTime: adornment(z.string()),
  transmitterId: adornment(z.string()),
  trend: adornment(z.string()),
  trendRate: adornment(z.number()),
  rateUnit: adornment(z.string()),
});

export type WireEgv = z.output<typeof wireEgv>;

/** The records are looked at one by one: one that cannot be read is no reason to lose the others. */
export const wireEnvelope = z.object({ userId: z.string().nullish(), records: z.array(z.unknown()) });

const wireMoment = z.object({ systemTime: z.string() });

/** `recordType` or `userId` tells that it is Dexcom who speaks: an account without data may have no `egvs` at all. */
export const wireDataRange = z
  .object({
    recordType: z.string().nullish(),
    userId: z.string().nullish(),
    egvs: z.object({ start: wireMoment.nullish(), end: wireMoment.nullish() }).nullish(),
  })
  .refine(({ recordType, userId, egvs }) => recordType !== undefined || userId !== undefined || egvs !== undefined);

/** `expires_in`: seconds, as every answer has it; Dexcom's prose says milliseconds. */
export const wireToken = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.coerce.number().positive().nullish().catch(null),
});

export const wireTokenError = z.object({ error: z.string() });
