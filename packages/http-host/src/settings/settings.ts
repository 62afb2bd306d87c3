import type { Environment } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { asSentence } from "./as-sentence.ts";
import { merged, parseSettings, problemsWithoutSecret, type SettingSources, withoutWrongSettings } from "./parse-settings.ts";
import { readEnvFile } from "./read-env-file.ts";
import { readSecret, type SecretPlace } from "./read-secret.ts";
import type { SettingProblem } from "./setting-problem.ts";
import type { Settings } from "./settings-schema.ts";

export interface LoadedSettings {
  readonly settings: Settings;
  /** Everything that was set, for providers to find theirs in. */
  readonly environment: Environment;
  /** Of these, the names that stand in `.env` or in the secret, which hold nobody else's. */
  readonly namesInFile: readonly string[];
}

/** The service must not start; `message` lists every problem, one a line. */
export interface SettingsRefused {
  readonly kind: "settings_refused";
  readonly message: string;
  readonly problems: readonly SettingProblem[];
  /** Enough to find what else is wrong, and for nothing more; `null` where not all that was set could be read. */
  readonly despite: LoadedSettings | null;
}

export const WHERE_SETTINGS_ARE = "docs/configuration.md lists every setting.";

let current: Settings | undefined;

/** Reads the settings from an environment, under it a `.env` file and over it the secret that they name; `getSettings` answers with them from then on. */
export async function loadSettings(environment: Environment, envFile: string): Promise<Result<LoadedSettings, SettingsRefused>> {
  const read = readSources(environment, envFile);
  const place = secretPlaceOf(withoutWrongSettings(read.sources));
  if (place === null) return load(read);
  const others = [...read.problems, ...problemsWithoutSecret(read.sources)];
  // Nothing is asked of a place that is wrong: what is answered there may be anybody's, or be read by anybody.
  if (others.some(({ name }) => name === "AWS_ENDPOINT_URL_SECRETS_MANAGER")) return err(refused(others, null));
  const secret = await readSecret(place);
  if (secret.isErr()) return err(refused([{ name: "SECRET_NAME", message: secret.error }, ...others], null));
  return load({ ...read, sources: { ...read.sources, secret: secret.value } });
}

/**
 * The one frozen instance: what `loadSettings` loaded last, else what this process's environment and the `.env` of its folder say. Throws
 * the list of problems if those are refused, and where a secret has to be awaited first.
 */
export function getSettings(): Settings {
  if (current !== undefined) return current;
  const read = readSources(process.env, ".env");
  if (secretPlaceOf(withoutWrongSettings(read.sources)) !== null)
    throw new Error("SECRET_NAME is set: await loadSettings() before getSettings().");
  const loaded = load(read);
  if (loaded.isErr()) throw new Error(loaded.error.message);
  return loaded.value.settings;
}

interface ReadSources {
  readonly sources: SettingSources;
  readonly problems: readonly SettingProblem[];
}

function readSources(environment: Environment, envFile: string): ReadSources {
  const file = readEnvFile(envFile);
  return { sources: { environment, file: file.unwrapOr({}) }, problems: file.isErr() ? [file.error] : [] };
}

function load({ sources, problems }: ReadSources): Result<LoadedSettings, SettingsRefused> {
  const settings = parseSettings(sources);
  if (settings.isOk() && problems.length === 0) {
    current = settings.value;
    return ok(loadedOf(settings.value, sources));
  }
  return err(refused([...problems, ...(settings.isErr() ? settings.error : [])], loadedOf(withoutWrongSettings(sources), sources)));
}

function secretPlaceOf({ secretName: name, ...settings }: Settings): SecretPlace | null {
  if (name === undefined) return null;
  const { awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey, awsSessionToken: sessionToken } = settings;
  const isGiven = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    name,
    region: settings.awsRegion ?? USUAL_REGION,
    endpoint: settings.awsEndpointUrlSecretsManager,
    credentials: isGiven ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } : undefined,
  };
}

const USUAL_REGION = "us-east-1";

function loadedOf(settings: Settings, sources: SettingSources): LoadedSettings {
  return { settings, environment: merged(sources), namesInFile: Object.keys({ ...sources.file, ...sources.secret }) };
}

function toldOf({ name, message }: SettingProblem): string {
  return `  ${name}: ${asSentence(message)}`;
}

function refused(problems: readonly SettingProblem[], despite: LoadedSettings | null): SettingsRefused {
  const wrong = problems.filter(({ isReminder }) => isReminder !== true);
  const reminders = problems.filter(({ isReminder }) => isReminder === true);
  const count = wrong.length === 1 ? "One setting is not as it should be" : `${wrong.length} settings are not as they should be`;
  const message = [
    `${count}, so BG Ingest does not start:`,
    ...wrong.map(toldOf),
    ...(reminders.length > 0 ? ["It may be right, but look at it as well:", ...reminders.map(toldOf)] : []),
    WHERE_SETTINGS_ARE,
  ].join("\n");
  return { kind: "settings_refused", message, problems, despite };
}
