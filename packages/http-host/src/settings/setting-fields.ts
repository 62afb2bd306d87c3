import type { Result } from "neverthrow";
import { z } from "zod";

/** What a setting is for whoever sets it. `secret` ones are printed nowhere. */
export interface SettingMeta {
  /** What it means, as docs/configuration.md says it. */
  readonly description: string;
  readonly secret?: boolean;
  /** The default in words, where it depends on something. */
  readonly preset?: string;
}

/** A whole number; digits only, so that `1e3`, `0x10` and ` 5` are mistakes and not surprises. */
export function wholeNumber(least: number, most: number, preset: number, meta: SettingMeta) {
  return digits(least, most)
    .prefault(String(preset))
    .meta({ ...meta, least, most });
}

/** The same; `undefined` where it is not set. */
export function optionalWholeNumber(least: number, most: number, meta: SettingMeta) {
  return digits(least, most)
    .optional()
    .meta({ ...meta, least, most });
}

function digits(least: number, most: number) {
  return z.string().transform((text, context) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    return refuse(context, `"${text}" is not a whole number from ${least} to ${most}`);
  });
}

export function oneOf<const T extends readonly string[]>(words: T, preset: T[number], meta: SettingMeta) {
  return word(words)
    .prefault(preset)
    .meta({ ...meta });
}

/** The same; `undefined` where it is not set. */
export function optionalOneOf<const T extends readonly string[]>(words: T, meta: SettingMeta) {
  return word(words)
    .optional()
    .meta({ ...meta });
}

function word<const T extends readonly string[]>(words: T) {
  return z
    .string()
    .transform(
      (text, context): T[number] => words.find((each) => each === text) ?? refuse(context, `"${text}" is none of ${words.join(", ")}`),
    );
}

/** `undefined` where it is not set. */
export function onOff(meta: SettingMeta) {
  return z
    .string()
    .transform((text, context) => {
      if (ON.includes(text.toLowerCase())) return true;
      return OFF.includes(text.toLowerCase()) ? false : refuse(context, `"${text}" is neither on nor off`);
    })
    .optional()
    .meta({ ...meta });
}

const ON = ["on", "true", "yes", "1"];
const OFF = ["off", "false", "no", "0"];

/** What `parse` makes of it, `undefined` where it is not set; what `parse` refuses it says itself, and of a secret without showing it. */
export function parsedBy<T>(parse: (text: string) => Result<T, string>, meta: SettingMeta) {
  return z
    .string()
    .transform((text, context) =>
      parse(text).match(
        (value) => value,
        (message) => refuse(context, message),
      ),
    )
    .optional()
    .meta({ ...meta });
}

export function anyText(preset: string, meta: SettingMeta) {
  return z
    .string()
    .prefault(preset)
    .meta({ ...meta });
}

/** Any text; `undefined` where it is not set. */
export function optionalText(meta: SettingMeta) {
  return z
    .string()
    .optional()
    .meta({ ...meta });
}

/** Words between commas; `undefined` where it is not set. */
export function listOf(pattern: RegExp | ((word: string) => boolean), accepted: string, meta: SettingMeta) {
  const isAccepted = pattern instanceof RegExp ? (word: string) => pattern.test(word) : pattern;
  return z
    .string()
    .transform((text, context): readonly string[] => {
      const words = text.split(",").map((word) => word.trim());
      const wrong = words.find((word) => !isAccepted(word));
      return wrong === undefined ? Object.freeze(words) : refuse(context, `"${wrong}" is not ${accepted}`);
    })
    .optional()
    .meta({ ...meta });
}

function refuse(context: z.core.$RefinementCtx<string>, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}
