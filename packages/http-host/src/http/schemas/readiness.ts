import { z } from "zod";

export const checks = z.array(z.strictObject({ name: z.string(), ok: z.boolean(), message: z.string().nullable() }));

export const ready = z.strictObject({ status: z.literal("ready"), checks });
