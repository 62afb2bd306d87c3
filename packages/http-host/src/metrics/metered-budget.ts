import type { RateBudget } from "@bg-ingest/core";
import type { Instruments } from "./instruments.ts";

/** A budget that is counted: what was granted, and who had to wait. */
export function meteredBudget(budget: RateBudget, { leases }: Instruments): RateBudget {
  return {
    async take(user, purpose) {
      const lease = await budget.take(user, purpose);
      leases.inc({ provider: user.provider, purpose, outcome: lease.kind });
      return lease;
    },
  };
}
