import type { ProviderName, SourceId } from "../reading/identifiers.ts";

/** Whose call it is: a limit is the whole application's or one account's, and a source is of one account. */
export interface BudgetedSource {
  readonly provider: ProviderName;
  readonly sourceId: SourceId;
}

/** `wait`: ask again after so long. */
export type RateLease = { readonly kind: "granted" } | { readonly kind: "wait"; readonly waitMs: number };

/** The calls a provider allows, shared by all replicas of one application. Backfill gets only the upper half, so that live polls never starve. */
export interface RateBudget {
  take(source: BudgetedSource, purpose: "live" | "backfill"): PromiseLike<RateLease>;
}
