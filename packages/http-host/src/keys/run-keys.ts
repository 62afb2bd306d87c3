import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import {
  type ApiKey,
  type ApiKeyId,
  type ApiKeyStore,
  type Call,
  type Environment,
  formatInstant,
  type Instant,
  isScope,
  parseUserId,
  SCOPES,
  type Scope,
  type UserId,
} from "@bg-ingest/core";
import { err, ok, Result } from "neverthrow";
import { makeApiKey } from "../access/first-key.ts";
import { openApiKeys } from "../composition/open-api-keys.ts";
import { createLogger } from "../logging/create-logger.ts";
import { systemTimers } from "../scheduler/timers.ts";
import { loadSettings } from "../settings/settings.ts";
import type { Settings } from "../settings/settings-schema.ts";

export interface KeysParts {
  /** What follows `keys` on the command line. */
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly envFile: string;
  readonly write: (text: string) => void;
  readonly now: () => Instant;
}

const USAGE = `Keys of the API, for programs that call it.

  keys add --name <what for> --scopes <scopes> [--subject <user id>]
                     makes a key and shows it, this once
  keys list          all keys, with when each was last used
  keys revoke <id>   ends a key; a service that runs refuses it within 30 seconds

Scopes, with commas between: read (readings, and how connections are), write (to make and end connections), admin (both, for everybody, and
to erase). With --subject a key is for the data of that one person. docs/access.md has the whole.
`;

const ANSWER_WITHIN_MS = 30_000;

/** The command by which keys are made, listed and revoked. Answers the exit code. */
export async function runKeys(parts: KeysParts): Promise<number> {
  const done = await run(parts);
  parts.write(done.isOk() ? done.value : `${done.error}\n`);
  return done.isOk() ? 0 : 1;
}

type Act = (keys: ApiKeyStore, settings: Settings, call: Call) => Promise<Result<string, string>>;

async function run({ args, environment, envFile, now }: KeysParts): Promise<Result<string, string>> {
  const act = actOf(args, now);
  if (act.isErr()) return err(act.error);
  if (act.value === null) return ok(USAGE);
  const loaded = await loadSettings(environment, envFile);
  if (loaded.isErr()) return err(loaded.error.message);
  const { settings } = loaded.value;
  const time = { nowMs: Date.now, monotonicMs: () => performance.now(), ...systemTimers };
  const opened = await openApiKeys({ settings, time, logger: createLogger({ ...settings, logLevel: "silent" }).logger });
  if (opened.isErr()) return err(opened.error.message);
  const done = await act.value(opened.value.apiKeys, settings, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  await opened.value.close();
  return done;
}

/** `null`: only to say how it is used. */
function actOf([action, ...rest]: readonly string[], now: () => Instant): Result<Act | null, string> {
  switch (action) {
    case "add":
      return wishIn(rest).map((wish) => (keys, settings, call) => add(keys, settings, wish, now(), call));
    case "list":
      return rest.length === 0 ? ok(list) : err(`keys list takes nothing more.\n\n${USAGE}`);
    case "revoke":
      return rest.length === 1
        ? ok((keys, _, call) => revoke(keys, rest[0] as ApiKeyId, now(), call))
        : err(`keys revoke takes one id.\n\n${USAGE}`);
    case undefined:
    case "help":
    case "--help":
      return ok(null);
    default:
      return err(`There is no "keys ${action}".\n\n${USAGE}`);
  }
}

interface Wish {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly subject: UserId | null;
}

const OPTIONS = { name: { type: "string" }, scopes: { type: "string" }, subject: { type: "string" } } as const;

const parseOptions = Result.fromThrowable(
  (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values,
  (cause) => (cause instanceof Error ? cause.message : String(cause)),
);

function wishIn(args: readonly string[]): Result<Wish, string> {
  const options = parseOptions(args);
  if (options.isErr()) return err(`${options.error}\n\n${USAGE}`);
  const { name = "", scopes = "", subject } = options.value;
  if (name.trim() === "" || name.length > 200) return err(`--name says what the key is for, in 1 to 200 characters.\n\n${USAGE}`);
  const words = scopes.split(",").map((word) => word.trim());
  const wrong = words.find((word) => !isScope(word));
  if (wrong !== undefined) return err(`--scopes takes ${SCOPES.join(", ")}, with commas between; "${wrong}" is none of them.\n\n${USAGE}`);
  const wish = { name: name.trim(), scopes: words.filter(isScope) };
  if (subject === undefined) return ok({ ...wish, subject: null });
  if (words.includes("admin")) return err("--subject is for one person and the scope admin for everybody: leave out one of the two.");
  return parseUserId(subject)
    .map((userId) => ({ ...wish, subject: userId }))
    .mapErr(({ message }) => `--subject: ${message}.`);
}

async function add(keys: ApiKeyStore, settings: Settings, wish: Wish, now: Instant, call: Call): Promise<Result<string, string>> {
  const { key, text } = makeApiKey(wish, now);
  const added = await keys.add(key, call);
  if (added.isErr()) return err(`The key was not made: ${added.error.message}`);
  const base = settings.publicUrl ?? `http://localhost:${settings.port}`;
  const lines = [
    `The key ${key.id} is made: ${whatFor(key)}. It is shown this once; what is kept of it lets nobody in.`,
    "",
    `  ${text}`,
    "",
    `  curl -H "Authorization: Bearer ${text}" ${base}/api/providers`,
    "",
    "A service that runs takes it at once. One that has let everybody in until now, in development on this machine alone, asks for it from its next start on.",
  ];
  return ok(`${lines.join("\n")}\n`);
}

async function list(keys: ApiKeyStore, _settings: Settings, call: Call): Promise<Result<string, string>> {
  const listed = await keys.list(call);
  if (listed.isErr()) return err(`The keys cannot be read: ${listed.error.message}`);
  if (listed.value.length === 0) return ok("There is no key.\n");
  return ok(`${listed.value.map(lineOf).join("\n")}\n`);
}

function lineOf(key: ApiKey): string {
  const used = key.lastUsedAt === null ? "never used" : `last used ${formatInstant(key.lastUsedAt)} or within the hour after`;
  const end = key.revokedAt === null ? "" : `, REVOKED ${formatInstant(key.revokedAt)}`;
  return `${key.id}  ${whatFor(key)}; made ${formatInstant(key.createdAt)}, ${used}${end}`;
}

function whatFor({ digest, name, scopes, subject }: ApiKey): string {
  if (digest === "") return "of a person who was erased";
  return `"${name}", ${scopes.join(" ")}, for ${subject === null ? "everybody" : `the data of ${subject}`}`;
}

async function revoke(keys: ApiKeyStore, id: ApiKeyId, now: Instant, call: Call): Promise<Result<string, string>> {
  const revoked = await keys.revoke(id, now, call);
  if (revoked.isErr()) return err(`The key was not revoked: ${revoked.error.message}`);
  if (revoked.value === null) return err(`There is no key ${id}; keys list lists them.`);
  return ok(`The key ${id}, ${whatFor(revoked.value)}, is revoked. A service that runs refuses it within 30 seconds.\n`);
}
