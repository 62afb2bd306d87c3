import type { BucketName, Clock, LoadedProviders, ProviderName, RateBudget, RateLimit } from "@bg-ingest/core";
import { createAccountCalls } from "./account-calls.ts";
import { type Allowance, allowanceOf, callsIn } from "./allowance.ts";
import { createLeasedCalls, type LeasedCallsDeps } from "./leased-calls.ts";
import { createSeenBuckets } from "./seen-buckets.ts";
import { sharesOf } from "./shares.ts";

export interface RateBudgetDeps extends LeasedCallsDeps {
  /** How long a provider is waited for: the last call of connecting is made so much later than the first, at most. */
  readonly providerDeadlineMs: number;
}

/** Of what a provider allows the application, as this process last saw it. */
export interface CallsLeft {
  readonly provider: ProviderName;
  readonly share: "calls" | "connects";
  readonly calls: number;
}

export interface HostRateBudget extends RateBudget {
  /** Nothing of providers whose limit is each account's own. */
  left(): readonly CallsLeft[];
}

/**
 * What each provider allows: to the application, leased from the ledger that all replicas share, or to each account. History leaves the
 * lower half to live polls, and connecting has a share of its own, of which no one person takes more than a few at a time.
 */
export function createRateBudget(providers: LoadedProviders, given: RateBudgetDeps): HostRateBudget {
  const seen = createSeenBuckets(given.ledger);
  const deps = { ...given, ledger: seen.ledger };
  const shared: SharedBucket[] = [];
  const limited = new Map<ProviderName, RateBudget["take"]>();
  for (const { name, traits } of providers.values()) {
    if (traits.rateLimit === null) continue;
    const allowances = allowancesOf(traits.rateLimit, deps.providerDeadlineMs);
    const isEachAccounts = traits.rateLimit.scope === "account";
    if (!isEachAccounts) shared.push(...bucketsOf(name, allowances));
    limited.set(name, isEachAccounts ? takeOfAccounts(allowances, deps.clock) : takeOfApplication(allowances, deps, name));
  }
  return {
    take: async (user, purpose) => limited.get(user.provider)?.(user, purpose) ?? { kind: "granted" },
    left: () =>
      shared.map(({ provider, share, bucket, allowance }) => ({
        provider,
        share,
        calls: callsIn(seen.last(bucket), allowance, given.clock.nowMs()),
      })),
  };
}

interface SharedBucket extends Omit<CallsLeft, "calls"> {
  readonly bucket: BucketName;
  readonly allowance: Allowance;
}

function bucketsOf(provider: ProviderName, { calls, connects }: Allowances): readonly SharedBucket[] {
  const all = { provider, share: "calls", bucket: provider, allowance: calls } as const;
  return connects === null ? [all] : [all, { provider, share: "connects", bucket: `${provider}:connect`, allowance: connects }];
}

interface Allowances {
  readonly calls: Allowance;
  /** `null`: connecting takes of `calls`. */
  readonly connects: Allowance | null;
}

function allowancesOf(limit: RateLimit, providerDeadlineMs: number): Allowances {
  const { calls, connects } = sharesOf(limit);
  const { perSeconds } = limit;
  const spreadSeconds = providerDeadlineMs / 1000;
  return {
    calls: allowanceOf({ calls, perSeconds }),
    connects: connects === 0 ? null : allowanceOf({ calls: connects, perSeconds, spreadSeconds }),
  };
}

function takeOfApplication({ calls, connects }: Allowances, deps: LeasedCallsDeps, provider: ProviderName): RateBudget["take"] {
  const live = createLeasedCalls(deps, provider, calls, "live");
  const backfill = createLeasedCalls(deps, provider, calls, "backfill");
  const connect = connects === null ? live : createLeasedCalls(deps, `${provider}:connect`, connects, "live");
  const ofPeople = createAccountCalls(CONNECTS_OF_PERSON, deps.clock);
  return async ({ userId }, purpose) => {
    if (purpose !== "connect") return (purpose === "live" ? live : backfill).take();
    const own = ofPeople.take(userId, "live");
    if (own.kind === "wait") return own;
    const lease = await connect.take();
    if (lease.kind === "wait") ofPeople.giveBack(userId);
    return lease;
  };
}

/** Who types a wrong password, or makes up what a consent ends with, takes calls of which others connect: five at once, then one a minute. */
const CONNECTS_OF_PERSON = { capacity: 5, callsPerMs: 1 / 60_000 };

function takeOfAccounts({ calls, connects }: Allowances, clock: Clock): RateBudget["take"] {
  const made = createAccountCalls(calls, clock);
  const connected = connects === null ? made : createAccountCalls(connects, clock);
  return async ({ userId }, purpose) => (purpose === "connect" ? connected.take(userId, "live") : made.take(userId, purpose));
}
