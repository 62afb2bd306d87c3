import type { Environment } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { asSentence } from "./as-sentence.ts";
import { merged, parseSettings, type SettingSources, withoutWrongSettings } from "./parse-settings.ts";
import { readEnvFile } from "./read-env-file.ts";
import type { SettingProblem } from "./setting-problem.ts";
import type { Settings } from "./settings-schema.ts";

export interface LoadedSettings {
  readonly settings: Settings;
  /** Everything that was set, for providers to find theirs in. */
  readonly environment: Environment;
  /** Of these, the names that stand in `.env`, which holds nobody else's. */
  readonly namesInFile: readonly string[];
}

/** The service must not start; `message` lists every problem, one a line. */
export interface SettingsRefused {
  readonly kind: "settings_refused";
  readonly message: string;
  readonly problems: readonly SettingProblem[];
}

export const WHERE_SETTINGS_ARE = "docs/configuration.md lists every setting.";

let current: Settings | undefined;

/** Reads the settings from an environment and, under it, a `.env` file; `getSettings` answers with them from then on. */
export async function loadSettings(environment: Environment, envFile: string): Promise<Result<LoadedSettings, SettingsRefused>> {
  return load(environment, envFile);
}

/**
 * The one frozen instance: what `loadSettings` loaded last, else what this process's environment and the `.env` of its folder say. Throws
 * the list of problems if those are refused.
 */
export function getSettings(): Settings {
  if (current !== undefined) return current;
  const loaded = load(process.env, ".env");
  if (loaded.isErr()) throw new Error(loaded.error.message);
  return loaded.value.settings;
}

function load(environment: Environment, envFile: string): Result<LoadedSettings, SettingsRefused> {
  const file = readEnvFile(envFile);
  const sources = { environment, file: file.unwrapOr({}) };
  const settings = parseSettings(sources);
  if (settings.isOk() && file.isOk()) {
    current = settings.value;
    return ok(loadedOf(settings.value, sources));
  }
  return err(refused([...(file.isErr() ? [file.error] : []), ...(settings.isErr() ? settings.error : [])]));
}

/** Of settings that were refused: enough to find what else is wrong, and for nothing more. */
export function settingsDespiteProblems(environment: Environment, envFile: string): LoadedSettings {
  const sources = { environment, file: readEnvFile(envFile).unwrapOr({}) };
  return loadedOf(withoutWrongSettings(sources), sources);
}

function loadedOf(settings: Settings, sources: SettingSources): LoadedSettings {
  return { settings, environment: merged(sources), namesInFile: Object.keys(sources.file) };
}

function refused(problems: readonly SettingProblem[]): SettingsRefused {
  const count = problems.length === 1 ? "One setting is not as it should be" : `${problems.length} settings are not as they should be`;
  const lines = problems.map(({ name, message }) => `  ${name}: ${asSentence(message)}`);
  const message = [`${count}, so BG Ingest does not start:`, ...lines, WHERE_SETTINGS_ARE].join("\n");
  return { kind: "settings_refused", message, problems };
}
