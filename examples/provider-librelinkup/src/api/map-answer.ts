import type { ProviderError } from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result } from "neverthrow";
import { parseRetryAfter, waitWithin } from "./retry-after.ts";
import { type WireEnvelope, wireEnvelope, wireLockout, wireMinimumVersion, wireStep } from "./wire-schema.ts";

/** The slice of a `Response` that is looked at. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** Whether the password was sent, or the session. */
export type Asking = "login" | "data";

/**
 * The `data` of a good answer. What is not good is told by HTTP's status or, at HTTP 200, by the `status` inside; nothing of an answer is
 * quoted, for it may hold names and readings. `stop` is for a readable address with an unreadable answer alone: whatever waiting may mend is
 * `retry`, and a login that was refused is never tried again by itself, for that locks the account.
 */
export function readAnswer(asking: Asking, head: AnswerHead, text: string, nowMs: number): Result<unknown, ProviderError> {
  const envelope = envelopeOf(text);
  const code = codeOf(head, envelope);
  if (code !== 0) return err(mapRefusal(asking, code, head, envelope, nowMs));
  if (envelope !== null) return ok(envelope.data);
  return err(text.trimStart().startsWith("<") ? PAGE_FOR_BROWSERS : unreadable("it has not the usual form"));
}

/** 0: good. The status inside says more than HTTP's. */
function codeOf({ status }: AnswerHead, envelope: WireEnvelope | null): number {
  const inside = envelope?.status ?? 0;
  if (inside !== 0) return inside;
  return status >= 200 && status < 300 ? 0 : status;
}

function mapRefusal(asking: Asking, code: number, head: AnswerHead, envelope: WireEnvelope | null, nowMs: number): ProviderError {
  const minimum = wireMinimumVersion.safeParse(envelope?.data);
  if (minimum.success || code === 920) return tooOld(minimum.data?.minimumVersion);
  if (code === 429 || code === 430) return slowDown(code, head, envelope, nowMs);
  if (code === 4) return { kind: "reconnect", message: stepMessage(envelope) };
  if (code === 2 || code === 401 || envelope?.error?.message === "notAuthenticated") return refused(asking);
  if (code === 911) return retry("LibreLinkUp is being worked on, or the account is at home in another region (911). We ask again later.");
  if (envelope?.message === "RequiredHeaderMissing") {
    return retry("LibreLinkUp asks for more than this package sends. We ask again later; look for a newer version of the package.");
  }
  if (code === 403) return retry(FORBIDDEN);
  if (head.status >= 500 || head.status === 408 || head.status === 425) {
    return { ...retry(`LibreLinkUp has trouble of its own (${head.status}). We ask again later.`), ...waitOf(head, nowMs) };
  }
  if (head.status === 404 && asking === "data") return retry(NOT_THERE);
  if (head.status >= 300) {
    return retry(`There is no LibreLinkUp where it is asked (${head.status}). We ask again later; check LIBRELINKUP_API_URL.`);
  }
  // Only the login itself answers like this, and what it means nobody knows: tried again and again it might lock the account.
  if (asking === "login") {
    return { kind: "reconnect", message: `LibreLinkUp refused the login (status ${code}). See whether you can log in to its app.` };
  }
  return retry(`LibreLinkUp answered with a status that is not known (${code}). We ask again later.`);
}

function refused(asking: Asking): ProviderError {
  return asking === "login"
    ? {
        kind: "reconnect",
        message: "LibreLinkUp refused the e-mail address or the password. Check both; several wrong ones lock the account.",
      }
    : { kind: "reconnect", message: "LibreLinkUp does not take this connection's session any more. Connect again." };
}

function slowDown(code: number, head: AnswerHead, envelope: WireEnvelope | null, nowMs: number): ProviderError {
  const lockout = wireLockout.safeParse(envelope?.data);
  if (lockout.success) {
    const retryAfterMs = waitWithin(lockout.data.data.lockout * 1_000);
    const message = `LibreLinkUp has locked the account for a while after too many logins (${code}). We ask again when that is over.`;
    return { kind: "retry", message, retryAfterMs };
  }
  return { ...retry(`LibreLinkUp asks us to slow down (${code}). We ask again later.`), ...waitOf(head, nowMs) };
}

function tooOld(minimum: string | undefined): ProviderError {
  const wanted = minimum === undefined ? "the current version of the app" : `${minimum} or newer`;
  return retry(
    `LibreLinkUp does not serve apps as old as LIBRELINKUP_APP_VERSION says. Set it to ${wanted}; until then we ask again later.`,
  );
}

const STEPS: ReadonlyMap<string, string> = new Map([
  ["tou", "accept its terms of use"],
  ["pp", "accept its privacy policy"],
  ["verifyEmail", "confirm your e-mail address"],
]);

function stepMessage(envelope: WireEnvelope | null): string {
  const step = wireStep.safeParse(envelope?.data);
  const what = (step.success && STEPS.get(step.data.step.type)) || "do what it asks";
  return `LibreLinkUp wants something of you first. Log in to its app, ${what}, and connect again.`;
}

const FORBIDDEN =
  "LibreLinkUp forbids the request (403). We ask again later; if it stays so, raise LIBRELINKUP_APP_VERSION to the app's current version.";
const NOT_THERE =
  "LibreLinkUp does not have what it was asked for (404). We ask again later; if it stays so, see in its app whether you still follow this person.";
const PAGE_FOR_BROWSERS = retry("LibreLinkUp answered with a page for browsers, so something stands before it. We ask again later.");

function retry(message: string): ProviderError {
  return { kind: "retry", message };
}

/** No answer came, or not to its end: LibreLinkUp could not be reached, or the caller gave up. */
export function mapSilence(cause: unknown): ProviderError {
  const isAborted = cause instanceof Error && (cause.name === "AbortError" || cause.name === "TimeoutError");
  return {
    kind: "retry",
    message: `LibreLinkUp ${isAborted ? "did not answer in time" : "could not be reached"}. We ask again later.`,
    cause,
  };
}

export function unreadable(why: string): ProviderError {
  return { kind: "stop", message: `LibreLinkUp's answer cannot be read: ${why}. Nothing of it is stored.` };
}

const parseJson = fromThrowable((text: string): unknown => JSON.parse(text));

function envelopeOf(text: string): WireEnvelope | null {
  const json = parseJson(text);
  const parsed = wireEnvelope.safeParse(json.isOk() ? json.value : null);
  return parsed.success ? parsed.data : null;
}

function waitOf(head: AnswerHead, nowMs: number): { readonly retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(head.headers.get("retry-after"), nowMs);
  return retryAfterMs === null ? {} : { retryAfterMs };
}
