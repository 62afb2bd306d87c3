import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, only } from "../../test/broken-promises.ts";
import type { RateLedger } from "../ports/rate-ledger.ts";
import type { UnderTest } from "./contract-case.ts";
import { createMemoryRateLedger } from "./memory-rate-ledger.ts";
import { rateLedgerContract } from "./rate-ledger-contract.ts";

function underTest(port: RateLedger, restarted: () => RateLedger = () => port): UnderTest<RateLedger> {
  return { port, restarted: async () => restarted(), close: async () => undefined };
}

describe("the rate ledger in memory", () => {
  for (const { id, run } of rateLedgerContract(async () => underTest(createMemoryRateLedger()))) it(id, run);
});

/** Each breaks one promise of a ledger that otherwise keeps them all. */
const faults = {
  "replaces a bucket over any version": (ledger) => ({
    ...ledger,
    replaceBucket: async (provider, bucket, call) => {
      const standing = (await ledger.bucketOf(provider, call)).unwrapOr(null);
      return ledger.replaceBucket(provider, { ...bucket, version: (standing?.version ?? 0) + 1 }, call);
    },
  }),
  "counts whole calls": (ledger) => ({
    ...ledger,
    replaceBucket: (provider, bucket, call) => ledger.replaceBucket(provider, { ...bucket, level: Math.floor(bucket.level) }, call),
  }),
  "has one bucket for all providers": (ledger) => ({
    bucketOf: (_, call) => ledger.bucketOf("all" as never, call),
    replaceBucket: (_, bucket, call) => ledger.replaceBucket("all" as never, bucket, call),
  }),
} satisfies Readonly<Record<string, (ledger: RateLedger) => RateLedger>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "replaces a bucket over any version": only("a bucket is replaced over the version that stands, and over no other"),
  "counts whole calls": only("a bucket comes back as it was written, fractions included"),
  "has one bucket for all providers": among("providers do not share"),
};

describe("the contract of a rate ledger finds one that", () => {
  it.each(Object.entries(faults))("%s", async (fault, breaking) => {
    await expectCaught(
      rateLedgerContract(async () => underTest(breaking(createMemoryRateLedger()))),
      caughtBy[fault as keyof typeof faults],
    );
  });

  it("forgets with its process", async () => {
    const make = async () => underTest(createMemoryRateLedger(), createMemoryRateLedger);
    await expectCaught(rateLedgerContract(make), only("what was written outlives the process"));
  });
});
