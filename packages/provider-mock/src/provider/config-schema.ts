import { z } from "zod";
import { parseFaults } from "../world/fault.ts";

/** All optional. Values may be texts, as they are in an environment. */
export const configSchema = z.strictObject({
  seed: z.string().default("1").meta({ description: "Tells who everybody is, and where faults strike" }),
  replayFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Path of a trace in Nightscout entry form (JSON), shown by every account in place of simulated people" }),
  faults: z
    .string()
    .default("")
    .transform((text, context) => {
      const parsed = parseFaults(text);
      if (parsed.isOk()) return parsed.value;
      context.addIssue({ code: "custom", message: parsed.error });
      return z.NEVER;
    })
    .meta({ description: "Faults by name, with commas between, each with a share if wanted: gaps,revisions:0.5" }),
  cadenceSeconds: z.coerce
    .number()
    .int()
    .min(60)
    .max(900)
    .default(300)
    .meta({ description: "Between two readings of the simulated sensor" }),
  unit: z.enum(["mg/dL", "mmol/L"]).default("mg/dL").meta({ description: "In which the vendor speaks" }),
  publicationDelaySeconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(604_800)
    .default(0)
    .meta({ description: "From a measurement to its being shown" }),
  historyDays: z.coerce.number().int().min(1).max(3650).default(14).meta({ description: "How far back a simulated account goes" }),
  pages: z.coerce.number().int().min(1).max(20).default(1).meta({ description: "Into how many pages an answer is cut" }),
  shuffle: z.union([z.boolean(), z.stringbool()]).default(false).meta({ description: "Records in no order, some of them in two pages" }),
  redirectUri: z.url().default("http://localhost:5001/api/oauth/mock/callback").meta({
    description: "Where the consent page sends the browser: this service's address and `/api/oauth/mock/callback`",
    preset: "the service's own address, as `PUBLIC_URL` or `PORT` say",
    hostDefault: "oauth_callback",
  }),
});

export type MockConfig = z.output<typeof configSchema>;
