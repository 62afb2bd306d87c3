import type { ProviderDeps } from "../../plugin/provider-definition.ts";
import type { Instant, Span } from "../../reading/instant.ts";
import type { Situation } from "../world/situation.ts";

/** Now, or once it is there. */
type Soon<T> = T | PromiseLike<T>;

/** What `providerContract` holds to its promises. */
export interface ProviderUnderTest {
  /** What the package exports as `provider`. */
  readonly provider: unknown;
  /** Settings by the keys of its schema. Secrets are looked for in what the provider says, so they should be long and like nothing else. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A vendor of its own for each case. */
  readonly world: (situation: Situation) => Soon<VendorWorld>;
}

/** A vendor's cloud, in memory or a simulator, with one person who lives there. */
export interface VendorWorld {
  /** What the provider is created with: `fetch` leads to this vendor, `clock` to its time. */
  readonly deps: ProviderDeps;
  /**
   * Holds six readings or more once it is asked for: one that is out of the sensor's range, where the vendor knows such, and those of a
   * person whose wall clock is not UTC. Not wider than the provider's `maxWindowSeconds`.
   */
  readonly window: Span;
  /** The truth: what the vendor shows of a span at this moment, oldest first, one per instant, without what nobody can read. */
  readonly shown: (span: Span) => Soon<readonly ShownReading[]>;
  /** Until now all was well, so that the person could connect; from now on the vendor behaves as the situation says. */
  readonly begin: () => Soon<void>;
  /** Moves `deps.clock`, and with it the vendor's time. */
  readonly passTime: (ms: number) => Soon<void>;
  /** Real time, for what has to end by itself: `(ms) => new Promise((done) => setTimeout(done, ms))`. */
  readonly wait: (ms: number) => PromiseLike<void>;
  /** In `rate_limited`: what the vendor asks for, where it says so. */
  readonly retryAfterMs?: number;
  readonly oauth?: WorldOAuth;
  readonly login?: WorldLogin;
  readonly webhook?: WorldWebhook;
  readonly close?: () => Soon<void>;
}

export interface ShownReading {
  readonly at: Instant;
  /** Whole mg/dL, or the bound of what the sensor measures. */
  readonly glucose: number | { readonly below: number } | { readonly above: number };
  /** Left out where the vendor tells none. */
  readonly utcOffsetMinutes?: number;
}

export interface WorldOAuth {
  /** The person opens the URL, signs in and agrees: where the browser is sent then. */
  readonly consent: (authorizationUrl: URL) => Soon<URL>;
}

export interface WorldLogin {
  /** What the person fills in; optional fields too where the provider's `renew` is to be seen at work. */
  readonly fields: Readonly<Record<string, string>>;
}

/** `readings`: the delivery holds what is shown of a span. `changed`: it says no more than that there is something. */
export type DeliveryForm = "readings" | "changed";

export interface WorldWebhook {
  /** What this vendor's deliveries say. */
  readonly forms: readonly DeliveryForm[];
  /** A delivery as the vendor sends it now, its header names in small letters: only those without which it is not to be trusted. */
  readonly sign: (delivery: { readonly secret: string; readonly form: DeliveryForm; readonly span: Span }) => Soon<SignedByVendor>;
  /** Where the vendor calls; needed where the provider subscribes. `secret` is `null` where the vendor does not take ours. */
  readonly subscription?: () => Soon<{ readonly callbackUrl: string; readonly secret: string | null } | null>;
}

export interface SignedByVendor {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
