import type { ProviderName } from "../reading/identifiers.ts";

/** `wait`: ask again after so long. */
export type RateLease = { readonly kind: "granted" } | { readonly kind: "wait"; readonly waitMs: number };

/** The calls a provider allows, shared by all replicas of one application. Backfill gets only the upper half, so that live polls never starve. */
export interface RateBudget {
  take(provider: ProviderName, purpose: "live" | "backfill"): PromiseLike<RateLease>;
}
