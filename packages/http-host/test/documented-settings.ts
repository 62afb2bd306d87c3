import { readFileSync } from "node:fs";
import { parseProvider, providerSettings, settingName } from "@bg-ingest/core";
import { z } from "zod";
import { SETTING_KEYS, settingsSchema } from "../src/settings/settings-schema.ts";

/** A setting as docs/configuration.md and .env.example have to show it. */
export interface DocumentedSetting {
  readonly name: string;
  readonly preset: string | null;
  readonly presetInWords: string;
  readonly meaning: string;
}

export const hostSettings: readonly DocumentedSetting[] = SETTING_KEYS.map((key) =>
  documented(settingName(key), settingsSchema.shape[key]),
);

/** Of every package that the application offers by itself: main.ts names them, and nothing else does. */
export const builtInPackages = [
  ...readFileSync(new URL("../src/main.ts", import.meta.url), "utf8").matchAll(/package: "(@bg-ingest\/[a-z-]+)"/g),
].map(([, name]) => name as string);

/** The name by which main.ts knows the provider of each, and the one by which it calls itself. */
export const builtInNames = await Promise.all(
  [
    ...readFileSync(new URL("../src/main.ts", import.meta.url), "utf8").matchAll(/name: "([a-z-]+)", package: "(@bg-ingest\/[a-z-]+)"/g),
  ].map(async ([, known, packageName]) => ({ known, own: (await import(packageName as string)).provider.name })),
);

export const builtInSettings: readonly DocumentedSetting[] = (await Promise.all(builtInPackages.map(settingsOf))).flat();

async function settingsOf(packageName: string): Promise<readonly DocumentedSetting[]> {
  const { provider }: { readonly provider: unknown } = await import(packageName);
  const parsed = parseProvider(provider)._unsafeUnwrap();
  return providerSettings(parsed).map(({ key, name }) => documented(name, parsed.configSchema.shape[key] as z.ZodType));
}

export function rowOf({ name, presetInWords, meaning }: DocumentedSetting): string {
  return `| \`${name}\` | ${presetInWords} | ${meaning} |`;
}

function documented(name: string, schema: z.ZodType): DocumentedSetting {
  const { description, preset: inWords } = schema.meta() ?? {};
  const preset = inWords === undefined ? presetOf(schema) : null;
  return {
    name,
    preset,
    presetInWords: typeof inWords === "string" ? inWords : presetInTable(schema, preset),
    meaning: `${String(description).replace(/\.?$/, ".")}${accepted(schema)}`,
  };
}

/** What of it is accepted, as far as the schema tells: a range, or words that the meaning does not name. */
function accepted(schema: z.ZodType): string {
  const { least, most } = schema.meta() ?? {};
  if (least !== undefined) return ` From ${least} to ${most}.`;
  const { minimum, maximum, enum: words } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  if (minimum !== undefined && maximum !== undefined) return ` From ${minimum} to ${maximum}.`;
  return words === undefined ? "" : ` One of ${words.map((word) => `\`${word}\``).join(", ")}.`;
}

function presetInTable(schema: z.ZodType, preset: string | null): string {
  if (preset !== null) return `\`${preset}\``;
  return schema.safeParse(undefined).success ? "not set" : "none: it must be set";
}

function presetOf(schema: z.ZodType): string | null {
  const { defaultValue } = schema._zod.def as { readonly defaultValue?: unknown };
  return defaultValue === undefined ? null : String(defaultValue);
}
