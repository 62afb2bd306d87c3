import { z } from "zod";
import { parseApiAddress, REGION_NAMES } from "./api/regions.ts";

const acceptedAddress = `one of ${REGION_NAMES.join(", ")}, or an https:// address without query (http:// on this machine only)`;

/** Values are texts, as they are in an environment. */
export const configSchema = z.strictObject({
  clientId: z.string().min(1).meta({ description: "The id of the application, from Dexcom's developer portal" }),
  clientSecret: z.string().min(1).meta({ description: "The secret of the application, from Dexcom's developer portal", secret: true }),
  redirectUri: z.string().refine(isRedirectUri, "must be the http(s):// address, without #, that is registered with the application").meta({
    description:
      "Where Dexcom sends the browser back, letter by letter as registered with the application: this service's address and `/api/oauth/dexcom/callback`",
    preset: "the service's own address, as `PUBLIC_URL` or `PORT` say",
    hostDefault: "oauth_callback",
  }),
  apiBaseUrl: z
    .string()
    .transform((text, context) => {
      const address = parseApiAddress(text);
      if (address !== null) return address;
      context.addIssue({ code: "custom", message: `must be ${acceptedAddress}` });
      return z.NEVER;
    })
    .meta({
      description:
        "Which Dexcom is asked: `us`, `eu`, `jp`, `sandbox` (invented people), or an address. Each connection keeps the one it was made with",
      preset: "`sandbox` in development; elsewhere it must be set",
      developmentDefault: "sandbox",
    }),
  oauthVersion: z
    .enum(["v2", "v3"])
    .default("v3")
    .meta({ description: "The version in the paths of Dexcom's login and token endpoints: both are in use" }),
});

export type DexcomConfig = z.output<typeof configSchema>;

/** Not normalised: Dexcom compares it letter by letter. */
function isRedirectUri(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(new URL(text).protocol) && !text.includes("#");
}
