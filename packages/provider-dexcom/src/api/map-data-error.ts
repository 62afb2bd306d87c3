import type { ProviderError } from "@bg-ingest/core";
import { quotedText } from "./quoted-text.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** The slice of a `Response` that an error is read from. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/**
 * A request for data was answered with something else than success. `stop` is for what a narrower window may mend: it is halved then, and what
 * stays unreadable becomes a gap on record. What has nothing to do with the window is `retry`, however hopeless: no history is lost by waiting.
 */
export function mapDataAnswer({ status, headers }: AnswerHead, body: string, accessToken: string, nowMs: number): ProviderError {
  if (status === 401) return { kind: "reconnect", message: "Dexcom does not take this connection's access token (401). Connect again." };
  if (status === 429)
    return { kind: "retry", message: "Dexcom asks us to slow down (429). We ask again later.", ...waitOf(headers, nowMs) };
  if (status >= 500 || status === 408 || status === 425) {
    return { kind: "retry", message: `Dexcom has trouble of its own (${status}). We ask again later.`, ...waitOf(headers, nowMs) };
  }
  // Not "reconnect": a firewall answers 403 too, and a grant that is really dead shows by invalid_grant at its next renewal, within two hours.
  if (status === 403) return { kind: "retry", message: FORBIDDEN };
  if (status === 404 || status === 405 || status === 410 || status < 400) {
    return {
      kind: "retry",
      message: `There is no Dexcom API where it is asked (${status}). We ask again later; check DEXCOM_API_BASE_URL.`,
    };
  }
  return {
    kind: "stop",
    message: `Dexcom does not take our request (${status}); ${quotedText(body, accessToken)}. This is a bug on either side; please report it.`,
  };
}

const FORBIDDEN =
  "Dexcom forbids the request (403). We ask again later; if it stays so, see in Dexcom's developer portal what the application may do, or connect again.";

/** No answer came, or not to its end: Dexcom could not be reached, or the caller gave up. */
export function mapSilence(cause: unknown): ProviderError {
  return { kind: "retry", message: `Dexcom ${silenceOf(cause)}. We ask again later.`, cause };
}

export function silenceOf(cause: unknown): string {
  const isAborted = cause instanceof Error && (cause.name === "AbortError" || cause.name === "TimeoutError");
  return isAborted ? "did not answer in time" : "could not be reached";
}

export function waitOf(headers: AnswerHead["headers"], nowMs: number): { readonly retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), nowMs);
  return retryAfterMs === null ? {} : { retryAfterMs };
}
