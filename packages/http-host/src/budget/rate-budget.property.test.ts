import type { LoadedProvider, ProviderName, RateBucket, RateBudget, RateLedger, RateLimit, StoreError, UserId } from "@bg-ingest/core";
import { createManualTime, createMemoryRateLedger, type ManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { errAsync } from "neverthrow";
import { expect, it } from "vitest";
import { createRateBudget } from "./rate-budget.ts";

const name = "limited" as ProviderName;
const userOf = (number: number) => ({ provider: name, userId: `user${number}` as UserId });
const user = userOf(0);
let people = 0;
/** Somebody new. */
const anybody = () => userOf(1_000_000 + people++);
const DEADLINE_MS = 2_000;

/** A replica whose clock is `skewMs` ahead. */
function replica(limit: Omit<RateLimit, "scope">, ledger: RateLedger, time: ManualTime, skewMs = 0): RateBudget {
  return budgetOf({ ...limit, scope: "application" }, ledger, time, skewMs);
}

function budgetOf(rateLimit: RateLimit, ledger: RateLedger, time: ManualTime, skewMs = 0): RateBudget {
  const clock = { nowMs: () => time.nowMs() + skewMs, monotonicMs: time.monotonicMs };
  const providers = new Map([[name, { name, traits: { rateLimit } } as LoadedProvider]]);
  return createRateBudget(providers, { ledger, clock, chance: () => 0, providerDeadlineMs: DEADLINE_MS });
}

/** Calls of a sorted list within any window of so many milliseconds, at most. */
function mostWithin(atMs: readonly number[], windowMs: number): number {
  let first = 0;
  return atMs.reduce((most, at, last) => {
    while ((atMs[first] as number) <= at - windowMs) first++;
    return Math.max(most, last - first + 1);
  }, 0);
}

const anyPurpose = fc.constantFrom("live" as const, "backfill" as const, "connect" as const);

/** Every limit that a provider may declare. */
const limits = fc.oneof(
  fc.constant({ calls: 1, perSeconds: 10, callsPerConnect: 1 }),
  fc
    .record({ calls: fc.integer({ min: 2, max: 200 }), callsPerConnect: fc.integer({ min: 1, max: 5 }) })
    .map(({ calls, callsPerConnect }) => ({ calls, perSeconds: 10, callsPerConnect: Math.min(callsPerConnect, calls - 1) })),
);

/** The first call of connecting is made at once, the others some time after it. */
function callsMade(
  purpose: "live" | "backfill" | "connect",
  { callsPerConnect }: { readonly callsPerConnect: number },
  atMs: number,
  lateMs: number,
) {
  if (purpose !== "connect") return [atMs];
  return Array.from({ length: callsPerConnect }, (_, n) => (n === 0 ? atMs : atMs + lateMs));
}

it("however many replicas ask, and however, no window holds more calls than are allowed", async () => {
  const asks = fc.array(
    fc.record({
      replica: fc.nat(7),
      waitMs: fc.oneof(fc.constant(0), fc.nat(2_000)),
      purpose: anyPurpose,
      times: fc.integer({ min: 1, max: 30 }),
      // When the calls of connecting are made: at once, or as late as the provider is waited for.
      lateMs: fc.oneof(fc.constant(0), fc.nat(DEADLINE_MS)),
    }),
    { maxLength: 200 },
  );
  const skews = fc.array(fc.integer({ min: -1_200, max: 1_200 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(limits, skews, asks, async (limit, skewsMs, asked) => {
      const time = createManualTime();
      const ledger = createMemoryRateLedger();
      const replicas = skewsMs.map((skewMs) => replica(limit, ledger, time, skewMs));
      const madeAtMs: number[] = [];
      for (const { replica: at, waitMs, purpose, times, lateMs } of asked) {
        time.pass(waitMs);
        const budget = replicas[at % replicas.length] as RateBudget;
        const leases = await Promise.all(Array.from({ length: times }, () => budget.take(anybody(), purpose)));
        for (const { kind } of leases) if (kind === "granted") madeAtMs.push(...callsMade(purpose, limit, time.monotonicMs(), lateMs));
      }
      madeAtMs.sort((a, b) => a - b);
      expect(mostWithin(madeAtMs, 10_000)).toBeLessThanOrEqual(limit.calls);
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
      for (let i = 0; i < 10 && (await budget.take(user, "live")).kind === "granted"; i++) if (second >= 2 * 3_600) granted++;
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
    if (minute % 60 === 0) for (const budget of seldom) await budget.take(user, "live");
    while ((await busy.take(user, "live")).kind === "granted") granted++;
  }
  // Of 4 hours' flow of some 266 calls an hour and a full bucket of 270, the others made 200.
  expect(granted).toBeGreaterThan(1_080);
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
    expect((await budget.take(user, "live")).kind).toBe("granted");
  }
  expect(writes).toBeLessThan(3_600 / 8);
});

it("history leaves half of what is there to live polls", async () => {
  const budget = replica({ calls: 112, perSeconds: 3_600 }, createMemoryRateLedger(), createManualTime());
  const take = async (purpose: "live" | "backfill") => (await budget.take(user, purpose)).kind;
  let history = 0;
  while ((await take("backfill")) === "granted") history++;
  let live = 0;
  while ((await take("live")) === "granted") live++;
  // Of 112 calls, 12 are for connecting, and half of the others is there at once.
  expect({ history, live }).toEqual({ history: 25, live: 25 });
});

it("nobody starves: people who connect leave live polls theirs, and get theirs whatever polls and history ask", async () => {
  const hours = 6;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 60, max: 2_000 }), fc.integer({ min: 1, max: 5 }), async (calls, callsPerConnect) => {
      const time = createManualTime();
      const ledger = createMemoryRateLedger();
      const limit = { calls, perSeconds: 3_600, callsPerConnect };
      const replicas = Array.from({ length: 3 }, () => replica(limit, ledger, time));
      const granted = { live: 0, backfill: 0, connect: 0 };
      for (let minute = 0; minute < hours * 60; minute++) {
        time.pass(60_000);
        for (const purpose of ["connect", "backfill", "live"] as const) {
          for (const budget of replicas) while ((await budget.take(anybody(), purpose)).kind === "granted") granted[purpose]++;
        }
      }
      // Half of a share flows in within the hour; as long as polls want all of theirs, history gets what was there at first and no more.
      expect(granted.live).toBeGreaterThan(hours * 0.4 * 0.87 * calls);
      expect(granted.connect).toBeGreaterThanOrEqual(hours - 1);
      expect(granted.connect * callsPerConnect).toBeGreaterThan(hours * 0.012 * calls - callsPerConnect);
    }),
    { numRuns: 10 },
  );
});

it("who connects is told to wait once the share is used up, and waiting so long is enough; polls go on meanwhile", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const [one, other] = [0, 0].map(() => replica({ calls: 60_000, perSeconds: 3_600 }, ledger, time)) as [RateBudget, RateBudget];
  let connected = 0;
  while ((await one.take(anybody(), "connect")).kind === "granted") connected++;
  const lease = await other.take(anybody(), "connect");
  expect({ connected, kind: lease.kind }).toEqual({ connected: 300, kind: "wait" });
  expect((await other.take(user, "live")).kind).toBe("granted");
  time.pass(lease.kind === "wait" ? lease.waitMs : 0);
  expect((await other.take(anybody(), "connect")).kind).toBe("granted");
});

it("one person who connects again and again gets five at once and one a minute, told how long to wait, and leaves the others theirs", async () => {
  const time = createManualTime();
  const budget = replica({ calls: 600, perSeconds: 3_600 }, createMemoryRateLedger(), time);
  const insistent = userOf(-1);
  let atOnce = 0;
  let lease = await budget.take(insistent, "connect");
  for (; lease.kind === "granted"; lease = await budget.take(insistent, "connect")) atOnce++;
  expect([atOnce, lease.waitMs > 0 && lease.waitMs <= 60_001]).toEqual([5, true]);
  expect((await budget.take(anybody(), "connect")).kind).toBe("granted");
  expect((await budget.take(insistent, "live")).kind).toBe("granted");
  time.pass(lease.waitMs);
  expect((await budget.take(insistent, "connect")).kind).toBe("granted");
  expect((await budget.take(insistent, "connect")).kind).toBe("wait");
});

it("who waits because the others have used up the share loses nothing of their own", async () => {
  const time = createManualTime();
  const budget = replica({ calls: 2, perSeconds: 600, callsPerConnect: 1 }, createMemoryRateLedger(), time);
  expect((await budget.take(anybody(), "connect")).kind).toBe("granted");
  const lease = await budget.take(user, "connect");
  for (let again = 0; again < 20; again++) expect((await budget.take(user, "connect")).kind).toBe("wait");
  time.pass(lease.kind === "wait" ? lease.waitMs : 0);
  expect((await budget.take(user, "connect")).kind).toBe("granted");
});

it("waiting as long as it says is enough", async () => {
  const time = createManualTime();
  const budget = replica({ calls: 4, perSeconds: 60 }, createMemoryRateLedger(), time);
  let waited = 0;
  for (let i = 0; i < 10; i++) {
    const lease = await budget.take(user, "live");
    if (lease.kind === "granted") continue;
    waited++;
    time.pass(lease.waitMs);
    expect((await budget.take(user, "live")).kind).toBe("granted");
  }
  expect(waited).toBeGreaterThan(0);
});

it("a call of a block that was not made in time is not made later", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const allowed = { calls: 1_000, perSeconds: 100 };
  const budget = replica(allowed, ledger, time);
  for (let i = 0; i < 50; i++) await budget.take(user, "live");
  const leased = async () => (await ledger.bucketOf(name, { signal: new AbortController().signal }))._unsafeUnwrap()?.version;
  const before = await leased();
  time.pass(10_001);
  await budget.take(user, "live");
  expect(await leased()).toBe((before ?? 0) + 1);
});

it("while the ledger is away, nothing is asked of the provider", async () => {
  const away: RateLedger = {
    ...createMemoryRateLedger(),
    bucketOf: () => errAsync<RateBucket | null, StoreError>({ kind: "retry", message: "away" }),
  };
  const budget = replica({ calls: 100, perSeconds: 60 }, away, createManualTime());
  expect((await budget.take(user, "live")).kind).toBe("wait");
});

it("a clock that was far ahead for a while does not keep the bucket empty", async () => {
  const time = createManualTime();
  const ledger = createMemoryRateLedger();
  const allowed = { calls: 60, perSeconds: 60 };
  await replica(allowed, ledger, time, 86_400_000).take(user, "live");
  const budget = replica(allowed, ledger, time);
  while ((await budget.take(user, "live")).kind === "granted");
  time.pass(60_000);
  expect((await budget.take(user, "live")).kind).toBe("granted");
});

it("where the limit is each account's, no account gets more than it allows, and none waits for another", async () => {
  const asks = fc.array(fc.record({ account: fc.nat(3), waitMs: fc.nat(2_000), purpose: anyPurpose }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(limits, asks, async (limit, asked) => {
      const time = createManualTime();
      const budget = budgetOf({ ...limit, scope: "account" }, createMemoryRateLedger(), time);
      const made = new Map<number, number[]>();
      for (const { account, waitMs, purpose } of asked) {
        time.pass(waitMs);
        const before = made.get(account) ?? [];
        const lease = await budget.take(userOf(account), purpose);
        if (purpose !== "backfill" && before.length === 0) expect(lease.kind).toBe("granted");
        if (lease.kind === "granted") made.set(account, [...before, ...callsMade(purpose, limit, time.monotonicMs(), 0)]);
      }
      for (const atMs of made.values()) expect(mostWithin(atMs, 10_000)).toBeLessThanOrEqual(limit.calls);
    }),
  );
});
