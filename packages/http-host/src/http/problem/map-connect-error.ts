import type { AccessRefused, ConnectError, FinishOAuthError, ProviderError } from "@bg-ingest/core";
import { mapAskedError } from "./map-asked-error.ts";
import { mapStoreError } from "./map-store-error.ts";
import type { Problem } from "./problem.ts";
import { retryAfterSeconds } from "./retry-after.ts";

const USUAL_WAIT_SECONDS = 30;

/** What the person filled into the login form. */
export interface TypedForm {
  /** What nobody else may read, not even back out of an error of the provider. */
  readonly secrets: readonly string[];
  /** The names of fields that are missing or not asked for. */
  readonly wrongFields: readonly string[];
}

/** What began with a consent: what is typed is nothing, what is secret are the vendor's code and the state. */
export function mapConsentError(error: FinishOAuthError | AccessRefused, secrets: readonly string[]): Problem {
  switch (error.kind) {
    case "not_begun_here":
      return { kind: "authorization_unknown" };
    case "another_browser":
      return { kind: "another_browser" };
    case "denied":
      return { kind: "consent_denied" };
    case "no_such_way":
      return { kind: "no_consent_page", detail: error.message };
    case "provider":
      return mapConsentProviderError(error.error, secrets);
    case "short_of_calls":
      return { ...shortOfCalls(error.waitMs), whatToDo: `Wait for ${inSeconds(error.waitMs)}. ${BEGIN_AGAIN}` };
    case "come_again":
      return { ...shortOfCalls(error.waitMs), whatToDo: comeAgain(error.waitMs), isAskedAgain: true };
    case "store":
    case "fields_wrong":
    case "another_account":
    case "another_source":
    case "busy":
    case "scope_missing":
    case "another_person":
      return mapConnectError(error, { secrets, wrongFields: [] });
  }
}

/** Each start is good for one finish: to repeat the call would not help. */
const BEGIN_AGAIN = "Begin to connect again.";

function comeAgain(waitMs: number): string {
  return `Wait for ${inSeconds(waitMs)}: a browser then opens this address again by itself, and what was begun still holds.`;
}

function mapConsentProviderError(error: ProviderError, secrets: readonly string[]): Problem {
  const message = without(error.message, secrets);
  switch (error.kind) {
    case "retry":
      return { ...mapProviderError(error, secrets), whatToDo: `Wait for ${inSeconds(error.retryAfterMs)}. ${BEGIN_AGAIN}` };
    case "reconnect":
      return { kind: "consent_refused", detail: message };
    case "stop":
      return { kind: "provider_failed", detail: message, reason: message };
  }
}

export function mapConnectError(error: ConnectError | AccessRefused, { secrets, wrongFields }: TypedForm): Problem {
  switch (error.kind) {
    case "provider":
      return mapProviderError(error.error, secrets);
    case "store":
      return mapStoreError(error.error);
    case "scope_missing":
    case "another_person":
      return mapAskedError(error);
    case "no_such_way":
      return { kind: "no_login_form", detail: error.message };
    case "fields_wrong":
      return {
        kind: "invalid_body",
        detail: error.message,
        whatToDo: "GET /api/providers lists the fields of each provider's login form: send those, each as a text.",
        more: { fields: wrongFields },
      };
    case "another_account":
      return { kind: "another_account" };
    case "another_source":
      return { kind: "source_replaced" };
    case "busy":
      return { kind: "connection_busy" };
    case "short_of_calls":
      return { ...shortOfCalls(error.waitMs), whatToDo: `Wait for ${inSeconds(error.waitMs)}, and try again.` };
  }
}

function shortOfCalls(waitMs: number): Problem {
  return { kind: "short_of_calls", retryAfterSeconds: retryAfterSeconds(waitMs, USUAL_WAIT_SECONDS) };
}

function inSeconds(waitMs: number | undefined): string {
  const seconds = retryAfterSeconds(waitMs, USUAL_WAIT_SECONDS);
  return seconds === 1 ? "a second" : `${seconds} seconds`;
}

function mapProviderError(error: ProviderError, secrets: readonly string[]): Problem {
  const message = without(error.message, secrets);
  switch (error.kind) {
    case "retry":
      return { kind: "provider_away", detail: message, retryAfterSeconds: retryAfterSeconds(error.retryAfterMs, USUAL_WAIT_SECONDS) };
    case "reconnect":
      return { kind: "login_refused", detail: message };
    case "stop":
      return { kind: "provider_failed", reason: message };
  }
}

function without(message: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((text, secret) => text.replaceAll(secret, "…"), message);
}
