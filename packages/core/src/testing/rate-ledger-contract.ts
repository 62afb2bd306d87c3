import type { ReplaceOutcome } from "../ports/connection-store.ts";
import type { RateBucket, RateLedger } from "../ports/rate-ledger.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { good, same } from "./promise.ts";
import { abortedCall, calm, providerOf } from "./samples.ts";

type Body = (subject: UnderTest<RateLedger>) => Promise<void>;

/** Everything that `RateLedger` promises, one case a promise. */
export function rateLedgerContract(make: () => PromiseLike<UnderTest<RateLedger>>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}

const mock = providerOf("mock");
const written: ReplaceOutcome = { kind: "written" };
const conflict: ReplaceOutcome = { kind: "conflict" };

const bucket = (version: number, level = 100): RateBucket => ({ level, filledAtMs: 1_745_000_000_123 + version, version });
const stored = async (port: RateLedger) => good("the bucket is read", await port.bucketOf(mock, calm));
const replace = async (port: RateLedger, next: RateBucket) => good("the ledger answers", await port.replaceBucket(mock, next, calm));

const bodies: Readonly<Record<string, Body>> = {
  "nothing is known of a provider that nobody has called": async ({ port }) => {
    same("no bucket", await stored(port), null);
  },
  "a bucket comes back as it was written, fractions included": async ({ port }) => {
    for (const [n, level] of [30_000, 0, 0.25, -0.5, 1 / 3].entries()) {
      same("written", await replace(port, bucket(n + 1, level)), written);
      same("the bucket", await stored(port), bucket(n + 1, level));
    }
  },
  "a bucket is replaced over the version that stands, and over no other": async ({ port }) => {
    same("nothing stands, something was expected", await replace(port, bucket(2)), conflict);
    same("nothing stands, nothing was expected", await replace(port, bucket(1)), written);
    same("something stands, nothing was expected", await replace(port, bucket(1, 7)), conflict);
    same("over the version that stands", await replace(port, bucket(2)), written);
    same("over one to come", await replace(port, bucket(4, 7)), conflict);
    same("a conflict changes nothing", await stored(port), bucket(2));
  },
  "of many who lease at once, one gets it": async ({ port }) => {
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => replace(port, bucket(1, n))));
    same("one was written", outcomes.filter(({ kind }) => kind === "written").length, 1);
    same(
      "the one that was written stands",
      (await stored(port))?.level,
      outcomes.findIndex(({ kind }) => kind === "written"),
    );
  },
  "providers do not share": async ({ port }) => {
    await replace(port, bucket(1, 5));
    same("another one's bucket", good("the bucket is read", await port.bucketOf(providerOf("other"), calm)), null);
  },
  "a provider's bucket and the one for connecting to it do not share": async ({ port }) => {
    await replace(port, bucket(1, 5));
    same("nothing stands for connecting", good("the bucket is read", await port.bucketOf(`${mock}:connect`, calm)), null);
    same("written", good("the ledger answers", await port.replaceBucket(`${mock}:connect`, bucket(1, 7), calm)), written);
    same("the one for connecting", good("the bucket is read", await port.bucketOf(`${mock}:connect`, calm)), bucket(1, 7));
    same("the provider's", await stored(port), bucket(1, 5));
  },
  "what was written outlives the process": async ({ port, restarted }) => {
    await replace(port, bucket(1, 5));
    same("after a restart", await stored(await restarted()), bucket(1, 5));
  },
  "a call that was cancelled before it began does nothing": async ({ port }) => {
    same("reading", (await port.bucketOf(mock, abortedCall())).isErr(), true);
    same("writing", (await port.replaceBucket(mock, bucket(1), abortedCall())).isErr(), true);
    same("nothing was written", await stored(port), null);
  },
};
