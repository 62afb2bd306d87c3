import type { ProviderError } from "../../ports/cgm-provider.ts";
import type { Delay } from "../../ports/delay.ts";
import type { Logger } from "../../ports/logger.ts";
import type { ProviderName } from "../../reading/identifiers.ts";

/** What one call may bring at most; more is a flood. */
export interface GuardLimits {
  readonly pagesPerCall: number;
  /** Readings and rejected records together. */
  readonly recordsPerCall: number;
  /** Of the texts in readings. */
  readonly charactersPerCall: number;
}

export interface Guard {
  readonly provider: ProviderName;
  /** For one answer: a call, or one page of it. */
  readonly deadlineMs: number;
  readonly limits: GuardLimits;
  readonly delay: Delay;
  readonly logger: Logger;
}

/** A bug of the provider: logged, because nobody but its author can mend it. */
export function stopped(guard: Guard, call: string, happened: string, cause?: unknown): ProviderError {
  const message = `Provider ${guard.provider} ${happened} in ${call}`;
  guard.logger.error(
    { provider: guard.provider, call, ...(cause === undefined ? {} : { error: cause }) },
    `${message}; its author has to mend it`,
  );
  return { kind: "stop", message, ...(cause === undefined ? {} : { cause }) };
}

export function isLate(guard: Guard, call: string): ProviderError {
  return { kind: "retry", message: `Provider ${guard.provider} did not answer ${call} within ${guard.deadlineMs / 1000} s` };
}

export function isCalledOff(guard: Guard, call: string): ProviderError {
  return { kind: "retry", message: `Provider ${guard.provider} was asked for ${call} and then called off` };
}
