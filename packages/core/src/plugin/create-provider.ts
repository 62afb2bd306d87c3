import { err, ok, Result } from "neverthrow";
import type { CgmProvider } from "../ports/cgm-provider.ts";
import { mismatches } from "./capability-members.ts";
import { parseAnswer } from "./guard/parse-answer.ts";
import type { ParsedProvider } from "./parse-provider.ts";
import type { ProviderDeps } from "./provider-definition.ts";
import type { ProviderRefused } from "./provider-refused.ts";

/** Runs a provider's `create` and holds what it returns against what it declared. Not yet under guard. */
export function createProvider(parsed: ParsedProvider, config: unknown, deps: ProviderDeps): Result<CgmProvider, ProviderRefused> {
  return Result.fromThrowable(
    () => check(parsed, parsed.create(config, deps)),
    (cause): ProviderRefused => ({ kind: "create_failed", message: "its create throws; it must answer with a Result", cause }),
  )().andThen((checked) => checked);
}

function check(parsed: ParsedProvider, answer: unknown): Result<CgmProvider, ProviderRefused> {
  const result = parseAnswer(answer);
  if (result === undefined) return err({ kind: "create_failed", message: "its create must answer with a Result of neverthrow" });
  if (result.isErr()) return err({ kind: "config_refused", message: messageOf(result.error) });
  if (typeof result.value !== "object" || result.value === null) {
    return err({ kind: "capability_mismatch", message: "its create must return an object with its capabilities" });
  }
  const wrong = mismatches(result.value as Record<string, unknown>, parsed.capabilities);
  if (wrong.length > 0) return err({ kind: "capability_mismatch", message: wrong.join("; ") });
  return ok(result.value as CgmProvider);
}

function messageOf(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return typeof message === "string" && message !== "" ? message : "it refuses its configuration and does not say why";
}
