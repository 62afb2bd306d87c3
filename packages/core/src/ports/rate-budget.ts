import type { ProviderName, UserId } from "../reading/identifiers.ts";

/** Whose call it is: a limit is the whole application's or one account's, and a user has one account with a provider. */
export interface BudgetedUser {
  readonly provider: ProviderName;
  readonly userId: UserId;
}

/** `wait`: ask again after so long. */
export type RateLease = { readonly kind: "granted" } | { readonly kind: "wait"; readonly waitMs: number };

/**
 * The calls a provider allows, shared by all replicas of one application. `live` and `backfill`: one call. Backfill gets only the upper half,
 * so that live polls never starve. `connect`: all the calls that connecting once takes, out of a share of its own, so that neither people who
 * connect nor polls ever wait for each other.
 */
export interface RateBudget {
  take(user: BudgetedUser, purpose: "live" | "backfill" | "connect"): PromiseLike<RateLease>;
}
