import { z } from "zod";
import { isRegionTemplate, parseAddress } from "./api/addresses.ts";
import { USUAL_CALLS_PER_HOUR } from "./traits.ts";

const ADDRESS = "must be an https:// address without query (http:// on this machine only)";
const CALLS = "must be a whole number from 4 to 1000000";

/** Values are texts, as they are in an environment. */
export const configSchema = z.strictObject({
  appVersion: z
    .string()
    .regex(/^\d+(\.\d+){1,3}$/, "must be a version of the app, like 4.16.0")
    .default("4.16.0")
    .meta({ description: "The version of the LibreLinkUp app to go by. The vendor refuses old ones, so it has to be raised now and then" }),
  product: z.enum(["llu.android", "llu.ios"]).default("llu.android").meta({ description: "The app to go by" }),
  apiUrl: z
    .string()
    .default("https://api.libreview.io")
    .transform((text, context) => {
      const address = parseAddress(text);
      if (address !== null) return address;
      context.addIssue({ code: "custom", message: ADDRESS });
      return z.NEVER;
    })
    .meta({ description: "Where people log in first; the answer names their region, and each connection keeps it" }),
  regionUrl: z
    .string()
    .refine(isRegionTemplate, `${ADDRESS}, with {region} in it`)
    .default("https://api-{region}.libreview.io")
    .meta({ description: "Where a region's accounts are, with `{region}` where its name belongs" }),
  callsPerHour: z.coerce
    .number(CALLS)
    .int(CALLS)
    .min(4, CALLS)
    .max(1_000_000, CALLS)
    .default(USUAL_CALLS_PER_HOUR)
    .meta({ description: "Requests an hour for everybody together; one person takes about 13" }),
});

export type LinkUpConfig = z.output<typeof configSchema>;
