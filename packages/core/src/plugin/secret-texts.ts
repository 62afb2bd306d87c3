import type { ParsedProvider } from "./parse-provider.ts";
import { type Environment, providerSettings } from "./provider-settings.ts";

/** Every text that must not be printed: of each secret setting what was written, and whatever text its schema made of it, in lists and objects too. */
export function secretTexts(provider: ParsedProvider, environment: Environment, config?: unknown): readonly string[] {
  const read = typeof config === "object" && config !== null ? (config as Readonly<Record<string, unknown>>) : {};
  const secrets = providerSettings(provider).filter(({ secret }) => secret);
  return secrets.flatMap(({ key, name }) => [environment[name] ?? "", ...textsIn(read[key])]).filter((text) => text !== "");
}

function textsIn(value: unknown): readonly string[] {
  // A set is gone through to its end while it grows, and nothing in it twice.
  const values = new Set([value]);
  for (const each of values) {
    if (typeof each !== "object" || each === null || ArrayBuffer.isView(each)) continue;
    const parts =
      each instanceof URL ? [each.href, each.password] : each instanceof Map || each instanceof Set ? each : Object.values(each);
    for (const part of parts) values.add(part);
  }
  return [...values].filter((each) => typeof each === "string");
}
