import { err, ok, type Result } from "neverthrow";
import type { ProviderError } from "../../ports/cgm-provider.ts";
import type { Scrub } from "./scrub.ts";

/** A Result by its shape: a package may bring a copy of neverthrow of its own. `undefined` if it is none. */
export function parseAnswer(value: unknown): Result<unknown, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const answer = value as {
    readonly isOk?: () => unknown;
    readonly isErr?: () => unknown;
    readonly value?: unknown;
    readonly error?: unknown;
  };
  if (typeof answer.isOk !== "function" || typeof answer.isErr !== "function") return undefined;
  if (answer.isOk() === true) return ok(answer.value);
  return answer.isErr() === true ? err(answer.error) : undefined;
}

const LONGEST_MESSAGE = 500;
/** A vendor that asks for more patience than a day is asked again after a day. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/** `undefined` if it is none of the three instructions. Scrubbed before it is cut: half a secret is one too. */
export function parseProviderError(value: unknown, scrub: Scrub): ProviderError | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, message, retryAfterMs, isRefusal, cause } = value as Record<string, unknown>;
  const said = {
    message: scrub.text(String(message ?? "")).slice(0, LONGEST_MESSAGE) || "the provider did not say why",
    ...(cause === undefined ? {} : { cause: scrub.thrown(cause) }),
  };
  if (kind === "reconnect" || kind === "stop") return { kind, ...said };
  if (kind !== "retry") return undefined;
  const retry = { kind, ...said, ...(isRefusal === true && { isRefusal: true as const }) } as const;
  if (typeof retryAfterMs !== "number" || !(retryAfterMs >= 0)) return retry;
  return { ...retry, retryAfterMs: Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) };
}
