import { err, ok, Result } from "neverthrow";
import type { z } from "zod";
import { CAPABILITIES, type CapabilityName, type Credentials } from "../ports/cgm-provider.ts";
import type { ProviderTraits } from "../ports/provider-traits.ts";
import { type ProviderName, parseProviderName } from "../reading/identifiers.ts";
import { parseTraits } from "./parse-traits.ts";
import { SERVED_API_VERSIONS } from "./provider-definition.ts";
import type { ProviderRefused } from "./provider-refused.ts";
import { holdsSecret } from "./secret-marks.ts";

/** A provider of which everything is known but whether its `create` keeps its word. */
export interface ParsedProvider {
  readonly name: ProviderName;
  readonly displayName: string;
  readonly configSchema: z.ZodObject;
  readonly capabilities: readonly CapabilityName[];
  /** What holds whatever the configuration is, or before there is one. */
  readonly traits: ProviderTraits;
  readonly traitsFor: (config: unknown) => unknown;
  /** `null`: all connections are alike. */
  readonly traitsForConnection: ((credentials: Credentials, config: unknown) => unknown) | null;
  readonly create: (config: unknown, deps: unknown) => unknown;
}

/** What a package exports as `provider`, as whoever starts the application may trust it. The API version is looked at first. */
export function parseProvider(value: unknown): Result<ParsedProvider, ProviderRefused> {
  return Result.fromThrowable(
    () => parse(value),
    (): ProviderRefused => ({ kind: "not_an_object", message: "it throws when it is looked at" }),
  )().andThen((parsed) => parsed);
}

function parse(value: unknown): Result<ParsedProvider, ProviderRefused> {
  if (!isRecord(value)) return refused("not_an_object", `it is ${nameOf(value)}, not the value that defineProvider({ … }) gives`);
  return checkVersion(value["apiVersion"])
    .andThen(() => parseNames(value["name"], value["displayName"]))
    .andThen((names) => parseCapabilities(value["capabilities"]).map((capabilities) => ({ ...names, capabilities })))
    .andThen((known) => parseTraits(value["traits"]).map((traits) => ({ ...known, traits })))
    .andThen((known) => parseTraitsFor(value, known.traits).map((traitsFor) => ({ ...known, traitsFor })))
    .andThen((known) => parseTraitsForConnection(value).map((traitsForConnection) => ({ ...known, traitsForConnection })))
    .andThen((known) => parseConfigSchema(value["configSchema"]).map((configSchema) => ({ ...known, configSchema })))
    .andThen((known) => parseCreate(value).map((create) => ({ ...known, create })));
}

function checkVersion(written: unknown): Result<void, ProviderRefused> {
  if (SERVED_API_VERSIONS.some((served) => served === written)) return ok();
  const accepted = `this host serves apiVersion ${SERVED_API_VERSIONS.join(", ")}`;
  const says = written === undefined ? "it names no apiVersion" : `it was written against apiVersion ${nameOf(written)}`;
  const advice = typeof written === "number" && written > Math.max(...SERVED_API_VERSIONS) ? "update the host" : "update the provider";
  return refused("api_version_not_served", `${says}; ${accepted}: ${advice}`);
}

function parseNames(name: unknown, displayName: unknown): Result<{ name: ProviderName; displayName: string }, ProviderRefused> {
  const parsed = parseProviderName(typeof name === "string" ? name : "");
  if (parsed.isErr()) return refused("name_invalid", `its name is ${nameOf(name)}. ${parsed.error.message}`);
  if (typeof displayName !== "string" || displayName.trim() === "" || displayName.length > LONGEST_DISPLAY_NAME) {
    return refused("name_invalid", `its displayName must be a text of 1 to ${LONGEST_DISPLAY_NAME} characters`);
  }
  return ok({ name: parsed.value, displayName });
}

function parseCapabilities(declared: unknown): Result<readonly CapabilityName[], ProviderRefused> {
  const accepted = `a list of one or more of ${CAPABILITIES.join(", ")}, each once`;
  if (!Array.isArray(declared) || declared.length === 0) return refused("capabilities_unknown", `its capabilities must be ${accepted}`);
  const listed: readonly CapabilityName[] = [...declared];
  const unknown = listed.filter((each) => !CAPABILITIES.includes(each));
  if (unknown.length > 0) return refused("capabilities_unknown", `it declares ${unknown.map(nameOf).join(", ")}; accepted is ${accepted}`);
  if (new Set(listed).size < listed.length) return refused("capabilities_unknown", `it declares one twice; accepted is ${accepted}`);
  return ok(listed);
}

function parseTraitsFor(provider: Record<string, unknown>, traits: ProviderTraits): Result<ParsedProvider["traitsFor"], ProviderRefused> {
  const { traitsFor } = provider;
  if (traitsFor === undefined) return ok(() => traits);
  if (typeof traitsFor !== "function") return refused("traits_invalid", "its traitsFor must be a function (config) => traits");
  return ok((config) => traitsFor.call(provider, config));
}

function parseTraitsForConnection(provider: Record<string, unknown>): Result<ParsedProvider["traitsForConnection"], ProviderRefused> {
  const { traitsForConnection } = provider;
  if (traitsForConnection === undefined) return ok(null);
  if (typeof traitsForConnection !== "function")
    return refused("traits_invalid", "its traitsForConnection must be a function (credentials, config) => traits");
  return ok((credentials, config) => traitsForConnection.call(provider, credentials, config));
}

/** By its shape, not by `instanceof`: a package may bring a copy of zod of its own. */
function parseConfigSchema(schema: unknown): Result<z.ZodObject, ProviderRefused> {
  const definition = isRecord(schema) && isRecord(schema["_zod"]) ? schema["_zod"]["def"] : undefined;
  const shape = isRecord(definition) ? definition["shape"] : undefined;
  const catchall = isRecord(definition) && isRecord(definition["catchall"]) ? definition["catchall"] : undefined;
  const isStrict = isRecord(catchall?.["_zod"]) && isRecord(catchall["_zod"]["def"]) && catchall["_zod"]["def"]["type"] === "never";
  if (!isRecord(shape) || !isStrict)
    return refused("config_schema_missing", "its configSchema must be a z.strictObject (zod 4), empty if it needs none");
  const schemaless = Object.entries(shape).filter(
    ([, each]) => !(isRecord(each) && isRecord(each["_zod"]) && isRecord(each["_zod"]["def"])),
  );
  if (schemaless.length > 0)
    return refused(
      "config_schema_missing",
      `each key of its configSchema must be a schema of zod 4, unlike ${schemaless.map(([key]) => key).join(", ")}`,
    );
  if (Result.fromThrowable(() => Object.values(shape).map(holdsSecret))().isErr())
    return refused("config_schema_missing", "its configSchema throws when it is looked through");
  const odd = Object.keys(shape).filter((key) => !SETTING_KEY.test(key));
  if (odd.length > 0) return refused("config_schema_missing", `the keys of its configSchema must be camelCase, unlike ${odd.join(", ")}`);
  return ok(schema as z.ZodObject);
}

function parseCreate(provider: Record<string, unknown>): Result<ParsedProvider["create"], ProviderRefused> {
  const { create } = provider;
  if (typeof create !== "function") return refused("create_missing", "its create must be a function (config, deps) => Result");
  return ok((config, deps) => create.call(provider, config, deps));
}

const LONGEST_DISPLAY_NAME = 80;
const SETTING_KEY = /^[a-z][A-Za-z0-9]*$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null && !Array.isArray(value);
}

/** Short, and never the content of an object. */
function nameOf(value: unknown): string {
  if (typeof value === "string") return `"${value.slice(0, 40)}"`;
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : typeof value;
}

function refused(kind: Exclude<ProviderRefused["kind"], "create_failed">, message: string): Result<never, ProviderRefused> {
  return err({ kind, message });
}
