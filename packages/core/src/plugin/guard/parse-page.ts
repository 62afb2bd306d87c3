import { Result } from "neverthrow";
import type { ProviderPage } from "../../ports/cgm-provider.ts";

/** A page, `undefined` if it is none. Its records stay as they came: normalisation sets aside those that are no readings. */
export function parsePage(value: unknown): ProviderPage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { readings, rejected, accountId, isLast } = value as Record<string, unknown>;
  if (!Array.isArray(readings) || !Array.isArray(rejected)) return undefined;
  if (accountId !== undefined && accountId !== null && typeof accountId !== "string") return undefined;
  return { readings, rejected, accountId: accountId ?? null, ...(isLast === true && { isLast }) };
}

export function recordsOf(page: ProviderPage): number {
  return page.readings.length + page.rejected.length;
}

/** The length of the texts in its readings. A record that throws when it is read is none of ours to judge. */
export function charactersOf(page: ProviderPage): number {
  return Result.fromThrowable(() => sumOfCharacters(page.readings))().unwrapOr(0);
}

function sumOfCharacters(readings: readonly unknown[]): number {
  let characters = 0;
  for (const each of readings) {
    if (typeof each !== "object" || each === null) continue;
    const { time, trend, device } = each as Record<string, unknown>;
    characters += lengthOf(time) + lengthOf(trend) + lengthOf(device);
  }
  return characters;
}

function lengthOf(text: unknown): number {
  return typeof text === "string" ? text.length : 0;
}
