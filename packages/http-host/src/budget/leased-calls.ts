import type { BucketName, Call, Chance, Clock, RateLease, RateLedger } from "@bg-ingest/core";
import { type Allowance, leaseFrom } from "./allowance.ts";

export interface LeasedCallsDeps {
  readonly ledger: RateLedger;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Calls out of one bucket for one purpose, leased from what all replicas share and handed out one by one. */
export interface LeasedCalls {
  take(): Promise<RateLease>;
}

/** A ledger that is away, or fought over, is asked again after this. */
const LEDGER_WAIT_MS = 1_000;
const MOST_ATTEMPTS = 8;

const GRANTED: RateLease = { kind: "granted" };
/** Many wait for one lease; it is not given up because one of them is. */
const UNTIL_ANSWERED: Call = { signal: new AbortController().signal };

/**
 * A block is as large as what was used of the last one, doubled: a replica that calls seldom leases call by call and keeps nothing from the
 * others, a busy one writes the ledger every few seconds.
 */
export function createLeasedCalls(
  deps: LeasedCallsDeps,
  name: BucketName,
  allowance: Allowance,
  purpose: "live" | "backfill",
): LeasedCalls {
  let left = 0;
  let used = 0;
  let expiresAtMs = 0;
  let emptyUntilMs = 0;
  let asking = 0;
  let leasing: Promise<void> | null = null;

  function isLeft(): boolean {
    return left > 0 && deps.clock.monotonicMs() < expiresAtMs;
  }

  async function lease(): Promise<void> {
    const wanted = Math.max(asking, Math.min(2 * used, allowance.mostOfBlock), 1);
    const leasedAtMs = deps.clock.monotonicMs();
    const { calls, waitMs } = await leaseFromLedger(deps, name, allowance, purpose, wanted);
    left = calls;
    used = 0;
    expiresAtMs = leasedAtMs + allowance.blockMs;
    emptyUntilMs = leasedAtMs + waitMs;
  }

  return {
    async take() {
      asking++;
      while (!isLeft()) {
        const waitMs = emptyUntilMs - deps.clock.monotonicMs();
        if (waitMs > 0) {
          asking--;
          return { kind: "wait", waitMs };
        }
        leasing ??= lease().finally(() => {
          leasing = null;
        });
        await leasing;
      }
      asking--;
      left--;
      used++;
      return GRANTED;
    },
  };
}

interface LeasedBlock {
  readonly calls: number;
  /** How long to wait before asking again, where nothing was leased. */
  readonly waitMs: number;
}

async function leaseFromLedger(
  { ledger, clock, chance }: LeasedCallsDeps,
  name: BucketName,
  allowance: Allowance,
  purpose: "live" | "backfill",
  wanted: number,
): Promise<LeasedBlock> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const stored = await ledger.bucketOf(name, UNTIL_ANSWERED);
    if (stored.isErr()) break;
    const leased = leaseFrom(stored.value, allowance, purpose, wanted, clock.nowMs());
    if (leased.kind === "empty") return { calls: 0, waitMs: leased.waitMs };
    const written = await ledger.replaceBucket(name, leased.bucket, UNTIL_ANSWERED);
    // An answer that was lost may have been a lease: it is not used, so that rather too few calls are made than too many.
    if (written.isErr()) break;
    if (written.value.kind === "written") return { calls: leased.calls, waitMs: 0 };
  }
  return { calls: 0, waitMs: Math.ceil(LEDGER_WAIT_MS * (1 + chance())) };
}
