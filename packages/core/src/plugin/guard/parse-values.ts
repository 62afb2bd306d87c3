import { Result } from "neverthrow";
import type { Credentials, Grant, WebhookContent, WebhookRefused, WebhookVerified } from "../../ports/cgm-provider.ts";
import type { Instant, Span } from "../../reading/instant.ts";
import type { GuardLimits } from "./guard.ts";
import { charactersOf, parsePage, recordsOf } from "./parse-page.ts";

/** Each answers `undefined` for what is not of the promised shape. */
export function parseCredentials(value: unknown): Credentials | undefined {
  if (!isRecord(value) || !("value" in value) || value["value"] === undefined) return undefined;
  if (!isJson(value["value"])) return undefined;
  const { expiresAt } = value;
  if (expiresAt !== null && expiresAt !== undefined && !isInstant(expiresAt)) return undefined;
  return { value: value["value"], expiresAt: expiresAt ?? null };
}

/** Credentials are stored as JSON: what that cannot carry (a cycle, a big integer) would be lost. */
function isJson(value: unknown): boolean {
  return Result.fromThrowable(() => JSON.stringify(value) !== undefined)().unwrapOr(false);
}

export function parseGrant(value: unknown): Grant | undefined {
  if (!isRecord(value)) return undefined;
  const credentials = parseCredentials(value["credentials"]);
  const { accountId } = value;
  if (credentials === undefined || (accountId !== null && accountId !== undefined && typeof accountId !== "string")) return undefined;
  return { credentials, accountId: accountId ?? null };
}

export function parseUrl(value: unknown): URL | undefined {
  return value instanceof URL && (value.protocol === "https:" || value.protocol === "http:") ? value : undefined;
}

/** Wrapped, because "nothing" is an answer here. */
export function parseAvailableSpan(value: unknown): { readonly span: Span | null } | undefined {
  if (value === null) return { span: null };
  if (!isRecord(value)) return undefined;
  const { from, to } = value;
  return isInstant(from) && isInstant(to) && from <= to ? { span: { from, to } } : undefined;
}

export function parseNothing(): true {
  return true;
}

export function parseWebhookVerified(value: unknown): WebhookVerified | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, id, signedAt, contentType, reply } = value;
  if (kind === "delivery") return typeof id === "string" && id !== "" && isInstant(signedAt) ? { kind, id, signedAt } : undefined;
  if (kind === "challenge") {
    return typeof contentType === "string" && typeof reply === "string" ? { kind, contentType, reply } : undefined;
  }
  return undefined;
}

const REFUSED: ReadonlySet<unknown> = new Set<WebhookRefused["reason"]>([
  "signature_missing",
  "signature_wrong",
  "timestamp_outside_tolerance",
  "body_unreadable",
  "not_checked",
]);

export function parseWebhookRefused(value: unknown): WebhookRefused | undefined {
  if (!isRecord(value) || value["kind"] !== "refused" || !REFUSED.has(value["reason"])) return undefined;
  return { kind: "refused", reason: value["reason"] as WebhookRefused["reason"], message: String(value["message"] ?? "").slice(0, 500) };
}

/** A page of more than one call may bring is no content. */
export function parseWebhookContent(value: unknown, limits: GuardLimits): WebhookContent | undefined {
  if (!isRecord(value)) return undefined;
  if (value["kind"] === "changed") return { kind: "changed" };
  if (value["kind"] !== "readings") return undefined;
  const page = parsePage(value["page"]);
  if (page === undefined || recordsOf(page) > limits.recordsPerCall || charactersOf(page) > limits.charactersPerCall) return undefined;
  return { kind: "readings", page };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isInstant(value: unknown): value is Instant {
  return Number.isSafeInteger(value);
}
