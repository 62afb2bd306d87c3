import { parseProvider, providerSettings, settingName } from "@bg-ingest/core";
import { provider as mockProvider } from "@bg-ingest/provider-mock";
import type { z } from "zod";
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

export const mockSettings: readonly DocumentedSetting[] = providerSettings(parseProvider(mockProvider)._unsafeUnwrap()).map(
  ({ key, name }) => documented(name, mockProvider.configSchema.shape[key as keyof typeof mockProvider.configSchema.shape]),
);

export function rowOf({ name, presetInWords, meaning }: DocumentedSetting): string {
  return `| \`${name}\` | ${presetInWords} | ${meaning} |`;
}

function documented(name: string, schema: z.ZodType): DocumentedSetting {
  const { description, preset: inWords } = schema.meta() ?? {};
  const preset = presetOf(schema);
  return {
    name,
    preset,
    presetInWords: typeof inWords === "string" ? inWords : preset === null ? "not set" : `\`${preset}\``,
    meaning: String(description).replace(/\.?$/, "."),
  };
}

function presetOf(schema: z.ZodType): string | null {
  const { defaultValue } = schema._zod.def as { readonly defaultValue?: unknown };
  return defaultValue === undefined ? null : String(defaultValue);
}
