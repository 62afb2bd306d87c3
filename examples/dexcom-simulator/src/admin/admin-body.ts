import { parseInstant } from "@bg-ingest/core";
import { z } from "zod";

/** RFC 3339 with a zone, read as seconds since the epoch. */
const instant = z.string().transform((text, context) =>
  parseInstant(text).match(
    (at): number => at,
    () => {
      context.addIssue({ code: "custom", message: "a time is RFC 3339 with a zone, as in 2026-01-31T12:00:00Z" });
      return z.NEVER;
    },
  ),
);

export const faultBody = z.strictObject({
  share: z.number().positive().max(1).optional(),
  from: instant.nullable().optional(),
  to: instant.nullable().optional(),
  user: z.string().optional(),
});

export const clockBody = z.strictObject({
  offsetSeconds: z.number().optional(),
  speed: z.number().min(0).max(100_000).optional(),
});

export const spanQuery = z.strictObject({ from: instant.optional(), to: instant.optional(), asOf: instant.optional() });

export const userQuery = z.strictObject({ user: z.string().optional() });

export const noBody = z.strictObject({});
