import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import { type ProviderTraits, USUAL_CALLS_PER_CONNECT } from "../ports/provider-traits.ts";
import type { ProviderRefused } from "./provider-refused.ts";

/** Longer than anybody lives: what is beyond is no number of seconds. */
const LONGEST_SECONDS = 100 * 366 * 86_400;
const accepted = `a whole number from 1 to ${LONGEST_SECONDS}`;
const seconds = z.int(accepted).min(1, accepted).max(LONGEST_SECONDS, accepted);
const acceptedDelay = `a whole number from 0 to ${LONGEST_SECONDS}`;
const delaySeconds = z.int(acceptedDelay).min(0, acceptedDelay).max(LONGEST_SECONDS, acceptedDelay);

const rung = z
  .object({ everySeconds: seconds, lookBackSeconds: seconds })
  .refine(({ everySeconds, lookBackSeconds }) => lookBackSeconds >= 2 * everySeconds, {
    path: ["lookBackSeconds"],
    error: "at least twice everySeconds, so that one missed rung is made good by the next",
  });

const acceptedCalls = "a whole number of at least 1";
const calls = z.int(acceptedCalls).min(1, acceptedCalls);

const traits = z.object({
  cadenceSeconds: seconds,
  publicationDelaySeconds: delaySeconds,
  maxWindowSeconds: seconds,
  historySeconds: seconds,
  rePull: z.array(rung, "a list of { everySeconds, lookBackSeconds }, empty if data never come late"),
  rateLimit: z
    .object({
      calls,
      perSeconds: seconds,
      scope: z.enum(["application", "account"], '"application" or "account"'),
      callsPerConnect: calls.exactOptional(),
    })
    .refine(isSomethingLeftToPolls, {
      path: ["calls"],
      error: `more than callsPerConnect, which is ${USUAL_CALLS_PER_CONNECT} where it is not said, so that some are left to polls; or both 1`,
    })
    .nullable(),
});

function isSomethingLeftToPolls(limit: { readonly calls: number; readonly callsPerConnect?: number }): boolean {
  const { calls, callsPerConnect = USUAL_CALLS_PER_CONNECT } = limit;
  return calls > callsPerConnect || (calls === 1 && callsPerConnect === 1);
}

/** The rules of `ProviderTraits`; every breach is named. */
export function parseTraits(value: unknown): Result<ProviderTraits, ProviderRefused> {
  const parsed = traits.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const breaches = parsed.error.issues.map(({ path, message }) => `${["traits", ...path].join(".")} must be ${message}`);
  return err({ kind: "traits_invalid", message: breaches.join("; ") });
}
