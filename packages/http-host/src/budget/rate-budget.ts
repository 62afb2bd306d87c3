import type { LoadedProviders, ProviderName, RateBudget } from "@bg-ingest/core";
import { createAccountCalls } from "./account-calls.ts";
import { allowanceOf } from "./allowance.ts";
import { createLeasedCalls, type LeasedCallsDeps } from "./leased-calls.ts";

/**
 * What each provider allows: to the application, leased from the ledger that all replicas share, or to each account. History leaves the
 * lower half to live polls.
 */
export function createRateBudget(providers: LoadedProviders, deps: LeasedCallsDeps): RateBudget {
  const limited = new Map<ProviderName, RateBudget["take"]>();
  for (const { name, traits } of providers.values()) {
    if (traits.rateLimit === null) continue;
    const allowance = allowanceOf(traits.rateLimit);
    if (traits.rateLimit.scope === "account") {
      const calls = createAccountCalls(allowance, deps.clock);
      limited.set(name, async ({ sourceId }, purpose) => calls.take(sourceId, purpose));
    } else {
      const live = createLeasedCalls(deps, name, allowance, "live");
      const backfill = createLeasedCalls(deps, name, allowance, "backfill");
      limited.set(name, (_, purpose) => (purpose === "live" ? live : backfill).take());
    }
  }
  return {
    take: async (source, purpose) => limited.get(source.provider)?.(source, purpose) ?? { kind: "granted" },
  };
}
