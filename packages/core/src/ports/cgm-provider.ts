import type { Result } from "neverthrow";
import type { RawReading, RawRejected } from "../normalize/raw-reading.ts";
import type { Instant, Span } from "../reading/instant.ts";
import type { AsyncResult, Call } from "./call.ts";

/**
 * Three instructions, and nothing else: try again later · the person must act · this cannot work until somebody mends it. `isRefusal`, where
 * credentials were to be renewed: the vendor refused them, and did not say in so many words that they have ended. Where a day of asking brings nothing
 * else, the host takes it for `reconnect`; so it is never set for a vendor in trouble, one that asks for patience, or none that answers.
 */
export type ProviderError =
  | {
      readonly kind: "retry";
      readonly message: string;
      readonly retryAfterMs?: number;
      readonly isRefusal?: true;
      readonly cause?: unknown;
    }
  | { readonly kind: "reconnect"; readonly message: string; readonly cause?: unknown }
  | { readonly kind: "stop"; readonly message: string; readonly cause?: unknown };

/** Whatever the provider needs to ask on somebody's behalf; opaque to everyone else, JSON, sealed at rest. */
export interface Credentials {
  readonly value: unknown;
  /** From when on the value no longer works, where known: the host renews it while a quarter of its life is left. */
  readonly expiresAt: Instant | null;
}

/** Who granted access, where the vendor tells. */
export interface Grant {
  readonly credentials: Credentials;
  readonly accountId: string | null;
}

/** What one request or one delivery brought. */
export interface ProviderPage {
  readonly readings: readonly RawReading[];
  readonly rejected: readonly RawRejected[];
  /** The vendor's account id, where the page bears one. */
  readonly accountId: string | null;
  /** Set on the last page of a window, where that is known: it saves reserving a request that will not be made. */
  readonly isLast?: boolean;
}

export interface PageRequest {
  /** Never wider than the provider's `maxWindowSeconds`. */
  readonly window: Span;
  readonly credentials: Credentials;
}

/** Pages of one window, in any order. The iterator never throws; an `Err` is always its last item. Each `next` is at most one request. */
export type FetchPages = (request: PageRequest, call: Call) => AsyncIterable<Result<ProviderPage, ProviderError>>;

export interface PollCapability {
  readonly fetchPages: FetchPages;
}

export interface BackfillCapability {
  readonly fetchPages: FetchPages;
  /** What the vendor says it has; `null`: nothing. The host asks for no window outside it. */
  availableSpan(credentials: Credentials, call: Call): AsyncResult<Span | null, ProviderError>;
}

export interface OAuthCapability {
  /** Whether the authorisation server takes PKCE (RFC 7636, S256). */
  readonly pkce: boolean;
  authorizationUrl(request: { readonly state: string; readonly codeChallenge: string | null }): Result<URL, ProviderError>;
  exchangeCode(
    request: { readonly callbackUrl: URL; readonly state: string; readonly codeVerifier: string | null },
    call: Call,
  ): AsyncResult<Grant, ProviderError>;
  refresh(credentials: Credentials, call: Call): AsyncResult<Credentials, ProviderError>;
}

/** One field of a login form. */
export interface LoginField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  /** May be left empty. */
  readonly isOptional?: boolean;
}

export interface LoginCapability {
  readonly fields: readonly LoginField[];
  /** A refused login is `reconnect`, and is never repeated by itself. */
  login(fields: Readonly<Record<string, string>>, call: Call): AsyncResult<Grant, ProviderError>;
  /** A new session from what `login` gave. */
  renew(credentials: Credentials, call: Call): AsyncResult<Credentials, ProviderError>;
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** The delivery is not what it says it is, or (`not_checked`) it could not be checked and may come again; nothing may follow from it. */
export interface WebhookRefused {
  readonly kind: "refused";
  readonly reason: "signature_missing" | "signature_wrong" | "timestamp_outside_tolerance" | "body_unreadable" | "not_checked";
  readonly message: string;
}

export type WebhookVerified =
  | { readonly kind: "delivery"; readonly id: string; readonly signedAt: Instant }
  | { readonly kind: "challenge"; readonly contentType: string; readonly reply: string };

/** What a verified body says. `changed`: there is something new, poll now. */
export type WebhookContent = { readonly kind: "readings"; readonly page: ProviderPage } | { readonly kind: "changed" };

export interface WebhookCapability {
  /** Checks the raw body and the headers against the secret of this one source. */
  verify(request: WebhookRequest, secret: string, call: Call): AsyncResult<WebhookVerified, WebhookRefused>;
  /** Reads a body that was verified. */
  read(body: Uint8Array): Result<WebhookContent, ProviderError>;
  /** Asks the vendor to call `callbackUrl`, where the vendor can be asked. Asking again changes nothing but the secret. */
  subscribe?(credentials: Credentials, callbackUrl: URL, secret: string, call: Call): AsyncResult<void, ProviderError>;
  unsubscribe?(credentials: Credentials, callbackUrl: URL, call: Call): AsyncResult<void, ProviderError>;
}

/** What a provider package gives. */
export interface CgmProvider {
  readonly oauth?: OAuthCapability;
  readonly login?: LoginCapability;
  readonly poll?: PollCapability;
  readonly backfill?: BackfillCapability;
  readonly webhook?: WebhookCapability;
}

export const CAPABILITIES = ["oauth", "login", "poll", "backfill", "webhook"] as const;

export type CapabilityName = (typeof CAPABILITIES)[number];
