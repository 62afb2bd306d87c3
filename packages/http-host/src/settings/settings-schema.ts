import type { Result } from "neverthrow";
import { z } from "zod";
import { parseVaultKeys } from "../vault/parse-vault-keys.ts";
import { parsePublicUrl } from "./public-url.ts";
import { anyText, listOf, oneOf, onOff, optionalWholeNumber, parsedBy, wholeNumber } from "./setting-fields.ts";

const APP_ENVIRONMENTS = ["development", "staging", "production"] as const;
const DAY_SECONDS = 86_400;

/**
 * All settings of the host itself, under the camelCase of their names: `PORT` is `port`. They are given as text; what is not set takes
 * its default. Providers have settings of their own, in their own schemas.
 */
export const settingsSchema = z.object({
  appEnv: oneOf(APP_ENVIRONMENTS, "development", {
    description:
      "What the service runs for. `staging` and `production` refuse to start: this version cannot ask callers who they are, so it must not face a network.",
  }),
  host: anyText("127.0.0.1", {
    description: "The address it listens on. Only this machine's own (`127.0.0.0/8`, `::1`, `localhost`) is accepted, for the same reason.",
  }),
  port: wholeNumber(0, 65_535, 5001, {
    description: "The port it listens on; `0` takes any free one and prints which; no consent finds its way back to that.",
  }),
  publicUrl: parsedBy(parsePublicUrl, {
    description:
      "How others reach the service, such as `https://bg.example.org`, where a proxy stands before it: it answers to that host as well, gives out URLs with it, and vendors that can be asked to call are asked to call there. The proxy has to ask callers who they are, for this version cannot.",
    preset: "as it listens",
  }),
  dataDir: anyText("./data", { description: "The folder that holds everything stored. One service per folder." }),
  store: engine(["sqlite"], "sqlite", "this version stores in SQLite only", {
    description: "Where readings are kept: `sqlite`, one file under `DATA_DIR`.",
  }),
  bus: engine(["memory"], "memory", "this version has only the bus inside its own process", {
    description: "Who hears of new readings: `memory`, listeners inside this process.",
  }),
  providers: listOf(/^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/, "the name of a package", {
    description: "Provider packages to load, between commas. Each one named here must be configured.",
    preset: "the built-in ones; those not configured are shown as such",
  }),
  vaultKey: parsedBy((text) => vaultKeyTexts(text), {
    description:
      "The key that seals stored credentials: the base64 of 32 bytes. Several with commas between: the first seals, all of them open.",
    secret: true,
    preset: "made on first start and kept under `DATA_DIR`, readable by you alone",
  }),
  logLevel: oneOf(["debug", "info", "warn", "error", "silent"], "info", {
    description: "The least important lines that are logged: `debug`, `info`, `warn`, `error`, or `silent` for none.",
  }),
  demo: onOff({
    description: "Connects the person `demo` to the simulated sensor, with two weeks of history, on the first start.",
    preset: "`on` in development, else `off`",
  }),
  pollIntervalSeconds: wholeNumber(10, DAY_SECONDS, 900, {
    description: "Between two polls of a source, in seconds. A provider whose sensor measures less often is asked less often.",
  }),
  backoffFirstSeconds: wholeNumber(1, DAY_SECONDS, 15, {
    description: "After a failed attempt the next one comes within so many seconds; each further failure doubles them.",
  }),
  backoffLongestSeconds: wholeNumber(1, DAY_SECONDS, 900, { description: "The doubling ends here, in seconds." }),
  providerDeadlineSeconds: wholeNumber(1, 300, 30, {
    description: "A provider that has not answered after so many seconds is given up on, and asked again later.",
  }),
  backfillDays: optionalWholeNumber(1, 36_600, {
    description: "How much history is read when somebody connects, in days. What is stored already stays.",
    preset: "all that the provider has",
  }),
  rangeLimitDays: wholeNumber(1, 36_600, 366, {
    description: "The widest span of one range query, in days; a wider one is refused, never cut.",
  }),
  webhookBodyLimitBytes: wholeNumber(1_024, 64 * 1024 * 1024, 1024 * 1024, {
    description: "The largest webhook delivery that is taken, in bytes.",
  }),
  shutdownGraceSeconds: wholeNumber(1, 600, 10, {
    description:
      "When told to stop, the service lets go of whatever is still being worked on after so many seconds. Nothing accepted is lost.",
  }),
});

/** As they are given: `Settings` are text and numbers, and whoever opens the vault parses them. */
function vaultKeyTexts(text: string): Result<readonly string[], string> {
  const texts = Object.freeze(text.split(",").map((word) => word.trim()));
  return parseVaultKeys(texts).map(() => texts);
}

/** An engine by its name; one that another version has is refused in words of its own. */
function engine<const T extends readonly string[]>(names: T, preset: T[number], only: string, meta: { readonly description: string }) {
  return z
    .string()
    .transform((text, context): T[number] => {
      const known = names.find((name) => name === text);
      if (known !== undefined) return known;
      context.addIssue({
        code: "custom",
        message: `"${text}" is not to be had: ${only}. Remove the setting, or set it to ${names.join(" or ")}`,
      });
      return z.NEVER;
    })
    .prefault(preset)
    .meta({ ...meta });
}

type Parsed = z.output<typeof settingsSchema>;

/** Frozen; `undefined` stands where something is not set and has no default. */
export type Settings = Readonly<Omit<Parsed, "demo">> & { readonly demo: boolean };

export type SettingKey = keyof typeof settingsSchema.shape;

export const SETTING_KEYS = Object.keys(settingsSchema.shape) as readonly SettingKey[];
