import type { LoadedProvider, ProviderName, RateBucket, RateBudget, RateLedger, SourceId, StoreError } from "@bg-ingest/core";
import { createManualTime, createMemoryRateLedger, type ManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { errAsync } from "neverthrow";
import { expect, it } from "vitest";
import { createRateBudget } from "./rate-budget.ts";

const name = "limited" as ProviderName;
const source = { provider: name, sourceId: "source" as SourceId };
const providersOf = (calls: number, perSeconds: number) =>
  new Map([[name, { name, traits: { rateLimit: { calls, perSeconds, scope: "application" } } } as LoadedProvider]]);

interface Allowed {
  readonly calls: number;
  readonly perSeconds: number;
}

/** A replica whose clock is `skewMs` ahead. */
function replica({ calls, perSeconds }: Allowed, ledger: RateLedger, time: ManualTime, skewMs = 0): RateBudget {
  const clock = { nowMs: () => time.nowMs() + skewMs, monotonicMs: time.monotonicMs };
  return createRateBudget(providersOf(calls, perSeconds), { ledger, clock, chance: () => 0 });
}

/** Calls of a sorted list within any window of so many milliseconds, at most. */
function mostWithin(atMs: readonly number[], windowMs: number): number {
  let first = 0;
  return atMs.reduce((most, at, last) => {
    while ((atMs[first] as number) <= at - windowMs) first++;
    return Math.max(most, last - first + 1);
  }, 0);
}

it("however many replicas ask, and however, no window holds more calls than are allowed", async () => {
  const asks = fc.array(
    fc.record({
      replica: fc.nat(7),
      waitMs: fc.oneof(fc.constant(0), fc.nat(2_000)),
      isLive: fc.boolean(),
      times: fc.integer({ min: 1, max: 30 }),
    }),
    { maxLength: 200 },
  );
  const skews = fc.array(fc.integer({ min: -1_200, max: 1_200 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 200 }), skews, asks, async (calls, skewsMs, asked) => {
      const time = createManualTime();
      const ledger = createMemoryRateLedger();
      const replicas = skewsMs.map((skewMs) => replica({ calls, perSeconds: 10 }, ledger, time, skewMs));
      const grantedAtMs: number[] = [];
      for (const ask of asked) {
        time.pass(ask.waitMs);
        const budget = replicas[ask.replica % replicas.length] as RateBudget;
        const leases = await Promise.all(Array.from({ length: ask.times }, () => budget.take(source, ask.isLive ? "live" : "backfill")));
        grantedAtMs.push(...leases.filter(({ kind }) => kind === "granted").map(() => time.monotonicMs()));
      }
      expect(mostWithin(grantedAtMs, 10_000)).toBeLessThanOrEqual(calls);
    }),
  );
});

it("replicas that ask all the time get nine calls in ten of those allowed", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const replicas = Array.from({ length: 4 }, () => replica({ calls: 60_000, perSeconds: 3_600 }, ledger, time));
  let granted = 0;
  for (let second = 0; second < 4 * 3_600; second++) {
    time.pass(1_000);
    for (const budget of replicas)
      for (let i = 0; i < 10 && (await budget.take(source, "live")).kind === "granted"; i++) if (second >= 2 * 3_600) granted++;
  }
  expect(granted / 2).toBeGreaterThan(0.9 * 30_000);
});

it("a replica that calls now and then keeps nothing from the others", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const allowed = { calls: 600, perSeconds: 3_600 };
  const seldom = Array.from({ length: 50 }, () => replica(allowed, ledger, time));
  const busy = replica(allowed, ledger, time);
  let granted = 0;
  for (let minute = 0; minute < 240; minute++) {
    time.pass(60_000);
    if (minute % 60 === 0) for (const budget of seldom) await budget.take(source, "live");
    while ((await busy.take(source, "live")).kind === "granted") granted++;
  }
  // Of 4 hours' flow of some 295 calls an hour and a full bucket, the others made 200.
  expect(granted).toBeGreaterThan(1_100);
});

it("a busy replica writes the ledger once for many calls", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  let writes = 0;
  const counted: RateLedger = {
    ...ledger,
    replaceBucket(...args) {
      writes++;
      return ledger.replaceBucket(...args);
    },
  };
  const budget = replica({ calls: 60_000, perSeconds: 3_600 }, counted, time);
  for (let i = 0; i < 8 * 3_600; i++) {
    time.pass(125);
    expect((await budget.take(source, "live")).kind).toBe("granted");
  }
  expect(writes).toBeLessThan(3_600 / 8);
});

it("history leaves half of what is there to live polls", async () => {
  const budget = replica({ calls: 100, perSeconds: 3_600 }, createMemoryRateLedger(), createManualTime());
  const take = async (purpose: "live" | "backfill") => (await budget.take(source, purpose)).kind;
  let history = 0;
  while ((await take("backfill")) === "granted") history++;
  let live = 0;
  while ((await take("live")) === "granted") live++;
  expect({ history, live }).toEqual({ history: 24, live: 24 });
});

it("waiting as long as it says is enough", async () => {
  const time = createManualTime();
  const budget = replica({ calls: 4, perSeconds: 60 }, createMemoryRateLedger(), time);
  let waited = 0;
  for (let i = 0; i < 10; i++) {
    const lease = await budget.take(source, "live");
    if (lease.kind === "granted") continue;
    waited++;
    time.pass(lease.waitMs);
    expect((await budget.take(source, "live")).kind).toBe("granted");
  }
  expect(waited).toBeGreaterThan(0);
});

it("a call of a block that was not made in time is not made later", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const allowed = { calls: 1_000, perSeconds: 100 };
  const budget = replica(allowed, ledger, time);
  for (let i = 0; i < 50; i++) await budget.take(source, "live");
  const leased = async () => (await ledger.bucketOf(name, { signal: new AbortController().signal }))._unsafeUnwrap()?.version;
  const before = await leased();
  time.pass(10_001);
  await budget.take(source, "live");
  expect(await leased()).toBe((before ?? 0) + 1);
});

it("while the ledger is away, nothing is asked of the provider", async () => {
  const away: RateLedger = {
    ...createMemoryRateLedger(),
    bucketOf: () => errAsync<RateBucket | null, StoreError>({ kind: "retry", message: "away" }),
  };
  const budget = replica({ calls: 100, perSeconds: 60 }, away, createManualTime());
  expect((await budget.take(source, "live")).kind).toBe("wait");
});

it("a clock that was far ahead for a while does not keep the bucket empty", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const allowed = { calls: 60, perSeconds: 60 };
  await replica(allowed, ledger, time, 86_400_000).take(source, "live");
  const budget = replica(allowed, ledger, time);
  while ((await budget.take(source, "live")).kind === "granted");
  time.pass(60_000);
  expect((await budget.take(source, "live")).kind).toBe("granted");
});

it("where the limit is each account's, no account gets more than it allows, and none waits for another", async () => {
  const asks = fc.array(fc.record({ account: fc.nat(3), waitMs: fc.nat(2_000), isLive: fc.boolean() }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 20 }), asks, async (calls, asked) => {
      const time = createManualTime();
      const traits = { rateLimit: { calls, perSeconds: 10, scope: "account" } } as const;
      const providers = new Map([[name, { name, traits } as unknown as LoadedProvider]]);
      const budget = createRateBudget(providers, { ledger: createMemoryRateLedger(), clock: time, chance: () => 0 });
      const granted = new Map<number, number[]>();
      for (const { account, waitMs, isLive } of asked) {
        time.pass(waitMs);
        const before = granted.get(account) ?? [];
        const lease = await budget.take({ provider: name, sourceId: `source${account}` as SourceId }, isLive ? "live" : "backfill");
        if (isLive && before.length === 0) expect(lease.kind).toBe("granted");
        if (lease.kind === "granted") granted.set(account, [...before, time.monotonicMs()]);
      }
      for (const atMs of granted.values()) expect(mostWithin(atMs, 10_000)).toBeLessThanOrEqual(calls);
    }),
  );
});
