import type { LoadedProviders, ProviderName, RateBudget } from "@bg-ingest/core";
import { allowanceOf } from "./allowance.ts";
import { createLeasedCalls, type LeasedCalls, type LeasedCallsDeps } from "./leased-calls.ts";

interface CallsOfProvider {
  readonly live: LeasedCalls;
  readonly backfill: LeasedCalls;
}

/** What each provider allows the application, leased from the ledger that all replicas share. History leaves the lower half to live polls. */
export function createRateBudget(providers: LoadedProviders, deps: LeasedCallsDeps): RateBudget {
  const limited = new Map<ProviderName, CallsOfProvider>();
  for (const { name, traits } of providers.values()) {
    if (traits.rateLimit?.scope !== "application") continue;
    const allowance = allowanceOf(traits.rateLimit);
    limited.set(name, {
      live: createLeasedCalls(deps, name, allowance, "live"),
      backfill: createLeasedCalls(deps, name, allowance, "backfill"),
    });
  }
  return {
    take: (provider, purpose) => limited.get(provider)?.[purpose].take() ?? Promise.resolve({ kind: "granted" }),
  };
}
