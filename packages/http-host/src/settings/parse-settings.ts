import { type Environment, settingName } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { engineProblems, enginesOf } from "./engine-problems.ts";
import { modeProblems, reminders } from "./mode-problems.ts";
import { nearName, sameFirstWord, shortenedName, swappedName } from "./near-name.ts";
import { plainProblems } from "./plain-problems.ts";
import type { Fields, SettingProblem } from "./setting-problem.ts";
import { SETTING_KEYS, type Settings, settingsSchema } from "./settings-schema.ts";

/** Where names come from: those of `.env` were written for us, those of the environment for anybody. */
export interface SettingSources {
  readonly environment: Environment;
  readonly file: Environment;
  /** What the secret of `SECRET_NAME` says, over both. */
  readonly secret?: Environment;
}

/** The settings, or every problem at once. An empty value counts as not set; the environment beats the file. */
export function parseSettings(sources: SettingSources): Result<Settings, readonly SettingProblem[]> {
  const given = merged(sources);
  const { parsed, problems } = parseFields(given);
  const isIssuerSaid = given[settingName("authIssuer")] !== undefined;
  const between = [
    ...modeProblems(parsed, isIssuerSaid),
    ...pairProblems(parsed),
    ...credentialProblems(parsed),
    ...engineProblems(parsed),
    ...plainProblems(parsed),
    ...spellingProblems(sources),
  ];
  const all = [...problems, ...between.filter(({ name }) => !isTold(name, problems, parsed))];
  if (all.length > 0) return err([...all, ...reminders(parsed, isIssuerSaid)]);
  return ok(complete(parsed));
}

/**
 * What is wrong whatever a secret that could not be read may say: values that are none, and names that are none. What is missing may stand
 * in it.
 */
export function problemsWithoutSecret(sources: SettingSources): readonly SettingProblem[] {
  const { parsed, problems } = parseFields(merged(sources));
  const ofItsPlace = plainProblems(parsed).filter(({ name }) => name === "AWS_ENDPOINT_URL_SECRETS_MANAGER");
  return [...problems, ...pairProblems(parsed), ...ofItsPlace, ...spellingProblems(sources)];
}

/** The settings with whatever is wrong at its default. */
export function withoutWrongSettings(sources: SettingSources): Settings {
  return complete({ ...parseFields({}).parsed, ...parseFields(merged(sources)).parsed });
}

function complete(parsed: Fields): Settings {
  return Object.freeze({ ...parsed, ...enginesOf(parsed), demo: parsed.demo ?? parsed.appEnv === "development" } as Settings);
}

/** The secret over the environment over the file, without what is empty. */
export function merged({ environment, file, secret = {} }: SettingSources): Environment {
  const isSet = ([, value]: readonly [string, string | undefined]) => value !== undefined && value.trim() !== "";
  return Object.fromEntries([file, environment, secret].flatMap((each) => Object.entries(each).filter(isSet)));
}

/** Field by field, so that rules between fields are looked at even where another field is wrong. */
function parseFields(given: Environment): { readonly parsed: Fields; readonly problems: readonly SettingProblem[] } {
  const parsed: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const key of SETTING_KEYS) {
    const name = settingName(key);
    const field = settingsSchema.shape[key].safeParse(given[name]);
    if (field.success) parsed[key] = field.data;
    else problems.push(...field.error.issues.map(({ message }) => ({ name, message })));
  }
  return { parsed, problems };
}

/** A value that is none was told of already: that it is missing then is no news, nor which bus would follow from its being missing. */
function isTold(name: string, problems: readonly SettingProblem[], { bus }: Fields): boolean {
  const isWrong = (other: string): boolean => problems.some((problem) => problem.name === other);
  return isWrong(name) || (bus === undefined && isWrong("RABBITMQ_URL") && (name === "BUS" || name === "RABBITMQ_NAMESPACE"));
}

function pairProblems({ backoffFirstSeconds: first, backoffLongestSeconds: longest }: Fields): readonly SettingProblem[] {
  if (first === undefined || longest === undefined || first <= longest) return [];
  return [{ name: "BACKOFF_LONGEST_SECONDS", message: `${longest} is less than BACKOFF_FIRST_SECONDS, ${first}` }];
}

/** Half of a key is none, and whoever asks with it would ask as somebody else: as whom the machine is. */
function credentialProblems({ awsAccessKeyId, awsSecretAccessKey, awsSessionToken }: Fields): readonly SettingProblem[] {
  const isMissing = (name: string, because: string): SettingProblem => ({ name, message: `${because} needs it. Set both, or neither` });
  if (awsAccessKeyId !== undefined && awsSecretAccessKey === undefined) return [isMissing("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")];
  if (awsAccessKeyId !== undefined) return [];
  if (awsSecretAccessKey !== undefined) return [isMissing("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")];
  return awsSessionToken === undefined ? [] : [isMissing("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN")];
}

const OWN = SETTING_KEYS.map(settingName);
// Short names that nobody made up for us, such as PORTS, are common in an environment.
const LONG = OWN.filter((name) => name.includes("_"));
const SHORT = OWN.filter((name) => !name.includes("_"));

function spellingProblems({ environment, file, secret = {} }: SettingSources): readonly SettingProblem[] {
  const inFile = Object.keys({ ...file, ...secret }).map((name) => misspelt(name, meantInFile(name)));
  const elsewhere = Object.keys(environment).map((name) => misspelt(name, meantInEnvironment(name)));
  const problems = [...inFile, ...elsewhere].filter((problem) => problem !== undefined);
  return problems.filter(({ name }, index) => problems.findIndex((other) => other.name === name) === index);
}

function meantInFile(name: string): string | undefined {
  return nearName(name, OWN) ?? shortenedName(name, OWN) ?? sameFirstWord(name, OWN);
}

function meantInEnvironment(name: string): string | undefined {
  return nearName(name, LONG) ?? shortenedName(name, OWN) ?? swappedName(name, SHORT);
}

function misspelt(name: string, meant: string | undefined): SettingProblem | undefined {
  if (meant === undefined || OWN.includes(name)) return undefined;
  return { name, message: `there is no such setting. Did you mean ${meant}?` };
}
