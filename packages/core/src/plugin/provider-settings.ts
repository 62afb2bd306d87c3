import { err, ok, Result } from "neverthrow";
import type { z } from "zod";
import type { ParsedProvider } from "./parse-provider.ts";
import type { ProviderRefused } from "./provider-refused.ts";
import { holdsSecret, metaOf } from "./secret-marks.ts";
import { providerSettingName } from "./setting-name.ts";

/** One setting of a provider, as whoever runs the host sees it. */
export interface ProviderSetting {
  readonly key: string;
  /** `<NAME>_<KEY>` */
  readonly name: string;
  /** Marked `.meta({ secret: true })`, it or anything within: never printed, nor any text that its schema makes of it. */
  readonly secret: boolean;
  /** Marked `.meta({ developmentDefault: "…" })`: what holds in development where nothing is set; anywhere else nothing does. */
  readonly developmentDefault: string | null;
  /** Marked `.meta({ hostDefault: "oauth_callback" })`: where nothing is set, the host's own address to which a consent comes back holds. */
  readonly hostDefault: "oauth_callback" | null;
}

/** `not_configured`: settings that it cannot do without are absent. */
export type ProviderConfig =
  | { readonly kind: "configured"; readonly config: unknown }
  | { readonly kind: "not_configured"; readonly missing: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

export function providerSettings(provider: ParsedProvider): readonly ProviderSetting[] {
  return Object.entries(provider.configSchema.shape).map(([key, schema]) => ({
    key,
    name: providerSettingName(provider.name, key),
    secret: holdsSecret(schema),
    developmentDefault: developmentDefaultOf(schema),
    hostDefault: markOf(schema, "hostDefault") === "oauth_callback" ? ("oauth_callback" as const) : null,
  }));
}

/**
 * The configuration that the environment holds for a provider, its values given to the schema as text; an empty one counts as absent. What
 * is absent takes its `hostDefault` where the host knows its address, and in development its `developmentDefault`.
 */
export function readProviderConfig(
  provider: ParsedProvider,
  environment: Environment,
  isDevelopment: boolean,
  oauthCallbackUrl: string | null = null,
): Result<ProviderConfig, ProviderRefused> {
  const settings = providerSettings(provider);
  const values = Object.fromEntries(
    settings.flatMap(({ key, name, developmentDefault, hostDefault }) => {
      const ofHost = hostDefault === "oauth_callback" ? oauthCallbackUrl : null;
      const value = environment[name] || ofHost || (isDevelopment ? developmentDefault : null);
      return value ? [[key, value]] : [];
    }),
  );
  return Result.fromThrowable(
    () => provider.configSchema.safeParse(values),
    (): ProviderRefused => ({
      kind: "config_schema_missing",
      message: "its configSchema throws; it must parse without waiting and without throwing",
    }),
  )().andThen((parsed) =>
    parsed.success ? ok({ kind: "configured" as const, config: parsed.data }) : lacking(settings, values, parsed.error),
  );
}

function lacking(
  settings: readonly ProviderSetting[],
  values: Readonly<Record<string, unknown>>,
  error: z.ZodError,
): Result<ProviderConfig, ProviderRefused> {
  const isMissing = ({ path }: z.core.$ZodIssue) => path.length === 1 && !(String(path[0]) in values);
  const wrong = error.issues.filter((issue) => !isMissing(issue));
  if (wrong.length > 0) return err({ kind: "config_invalid", message: wrong.map((issue) => describe(settings, issue)).join("; ") });
  const missing = settings.filter(({ key }) => error.issues.some(({ path }) => path[0] === key));
  return ok({ kind: "not_configured", missing: missing.map(({ name }) => name) });
}

/** Says what is accepted and never what was given: it may be a secret. */
function describe(settings: readonly ProviderSetting[], issue: z.core.$ZodIssue): string {
  const setting = settings.find(({ key }) => key === issue.path[0]);
  if (setting === undefined) return issue.message;
  return setting.secret
    ? `${setting.name} is not accepted (it is secret, so its value is not shown)`
    : `${setting.name}: ${inWords(issue)}`;
}

/** What a schema says by itself is for programmers; what its author wrote stands. */
function inWords(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) \w+:/.test(issue.message)) return issue.message;
  if (issue.code === "invalid_value") return `it should be one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_type") return `it should be a ${issue.expected}`;
  if (issue.code === "too_small" && issue.origin === "number") return `it should be at least ${issue.minimum}`;
  if (issue.code === "too_big" && issue.origin === "number") return `it should be at most ${issue.maximum}`;
  return issue.message;
}

function developmentDefaultOf(schema: unknown): string | null {
  const mark = markOf(schema, "developmentDefault");
  return typeof mark === "string" ? mark : null;
}

/** Looks through wrappers such as `.optional()`: the mark may stand inside them. */
function markOf(schema: unknown, name: string): unknown {
  for (let inner = schema as z.core.$ZodType | undefined; inner !== undefined; inner = innerOf(inner)) {
    const mark = metaOf(inner)?.[name];
    if (mark !== undefined) return mark;
  }
  return undefined;
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const definition = schema._zod.def as { readonly innerType?: z.core.$ZodType; readonly in?: z.core.$ZodType };
  return definition.innerType ?? definition.in;
}
