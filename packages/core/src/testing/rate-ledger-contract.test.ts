import { describe, it } from "vitest";
import { among, type CaughtBy, expectCaught, expectEveryCaseFails, only } from "../../test/broken-promises.ts";
import type { RateLedger } from "../ports/rate-ledger.ts";
import type { UnderTest } from "./contract-case.ts";
import { createMemoryRateLedger } from "./memory-rate-ledger.ts";
import { rateLedgerContract } from "./rate-ledger-contract.ts";
import { calm } from "./samples.ts";

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
  "makes up a bucket that nobody wrote": (ledger) => ({
    ...ledger,
    bucketOf: async (provider, call) =>
      (await ledger.bucketOf(provider, call)).map((bucket) => bucket ?? { level: 0, filledAtMs: 0, version: 0 }),
  }),
  "answers everybody who was in time that it wrote": (ledger) => ({
    ...ledger,
    replaceBucket: async (name, bucket, call) => {
      const standing = (await ledger.bucketOf(name, call)).unwrapOr(null)?.version ?? 0;
      const outcome = await ledger.replaceBucket(name, bucket, call);
      return outcome.map(() => (standing === bucket.version - 1 ? { kind: "written" } : { kind: "conflict" }));
    },
  }),
  "ignores the signal": (ledger) => ({
    bucketOf: (name) => ledger.bucketOf(name, calm),
    replaceBucket: (name, bucket) => ledger.replaceBucket(name, bucket, calm),
  }),
} satisfies Readonly<Record<string, (ledger: RateLedger) => RateLedger>>;

/** The case that names each of them. */
const caughtBy: Readonly<Record<keyof typeof faults, CaughtBy>> = {
  "replaces a bucket over any version": only("a bucket is replaced over the version that stands, and over no other"),
  "counts whole calls": only("a bucket comes back as it was written, fractions included"),
  "has one bucket for all providers": among("providers do not share"),
  "makes up a bucket that nobody wrote": among("nothing is known of a provider that nobody has called"),
  "answers everybody who was in time that it wrote": only("of many who lease at once, one gets it"),
  "ignores the signal": only("a call that was cancelled before it began does nothing"),
};

describe("the contract of a rate ledger finds one that", () => {
  it.each(Object.entries(faults))("%s", async (fault, breaking) => {
    await expectCaught(
      rateLedgerContract(async () => underTest(breaking(createMemoryRateLedger()))),
      caughtBy[fault as keyof typeof faults],
    );
  });

  const forgetful = () => rateLedgerContract(async () => underTest(createMemoryRateLedger(), createMemoryRateLedger));

  it("forgets with its process", async () => {
    await expectCaught(forgetful(), only("what was written outlives the process"));
  });

  it("breaks any of its cases", async () => {
    const broken = Object.values(faults).map((breaking) => rateLedgerContract(async () => underTest(breaking(createMemoryRateLedger()))));
    await expectEveryCaseFails([...broken, forgetful()]);
  });
});
