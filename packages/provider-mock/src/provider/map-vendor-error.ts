import type { ProviderError } from "@bg-ingest/core";
import type { VendorResponse } from "../vendor-fetch.ts";

/** However long the vendor asks us to wait, we ask again within the hour; and however short, not within the second. */
const RETRY_AFTER_MS = { shortest: 1_000, longest: 3_600_000 } as const;

/** The vendor answered with something else than success. `code`: what its body says, where it says something. */
export function mapVendorAnswer(response: VendorResponse, code: string | null, nowMs: number): ProviderError {
  const { status } = response;
  if (code === "account_password_invalid") {
    return {
      kind: "reconnect",
      message: "The mock vendor refused the user name or password. Log in again; trying the same once more may lock the account.",
    };
  }
  if (code === "invalid_grant" || code === "session_ended" || status === 401 || status === 403) {
    return { kind: "reconnect", message: `The mock vendor no longer grants access (${said(status, code)}). Connect again.` };
  }
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), nowMs);
    const message = "The mock vendor asks us to slow down (429). We ask again later.";
    return { kind: "retry", message, ...(retryAfterMs !== null && { retryAfterMs }) };
  }
  if (status === 408 || status >= 500) {
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), nowMs);
    const message = `The mock vendor has trouble of its own (${status}). We ask again later.`;
    return { kind: "retry", message, ...(retryAfterMs !== null && { retryAfterMs }) };
  }
  return {
    kind: "stop",
    message: `The mock vendor does not take our request (${said(status, code)}). This is a bug on either side; please report it.`,
  };
}

/** No answer came: the vendor could not be reached, or the caller gave up. */
export function mapVendorSilence(cause: unknown): ProviderError {
  const aborted = cause instanceof Error && (cause.name === "AbortError" || cause.name === "TimeoutError");
  const what = aborted ? "did not answer in time" : "could not be reached";
  return { kind: "retry", message: `The mock vendor ${what}. We ask again later.`, cause };
}

/** `Retry-After`, RFC 9110: seconds or an HTTP date. `null`: none, or none that can be read. */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const waitMs = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  if (Number.isNaN(waitMs)) return null;
  return Math.min(RETRY_AFTER_MS.longest, Math.max(RETRY_AFTER_MS.shortest, waitMs));
}

function said(status: number, code: string | null): string {
  return code === null ? String(status) : `${status}, ${code}`;
}
