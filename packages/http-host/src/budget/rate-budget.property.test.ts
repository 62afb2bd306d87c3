import type { LoadedProvider, ProviderName } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createRateBudget } from "./rate-budget.ts";

const name = "limited" as ProviderName;
const providersOf = (calls: number, perSeconds: number) =>
  new Map([[name, { name, traits: { rateLimit: { calls, perSeconds, scope: "application" } } } as LoadedProvider]]);

it("grants no more than the calls allowed in any window, however they are asked for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 50 }),
      fc.array(fc.record({ waitMs: fc.nat(2_000), isLive: fc.boolean() }), { maxLength: 300 }),
      async (calls, asks) => {
        const time = createManualTime();
        const budget = createRateBudget(providersOf(calls, 10), time);
        const grantedAtMs: number[] = [];
        for (const ask of asks) {
          time.pass(ask.waitMs);
          const lease = await budget.take(name, ask.isLive ? "live" : "backfill");
          if (lease.kind === "granted") grantedAtMs.push(time.monotonicMs());
        }
        for (const start of grantedAtMs) {
          expect(grantedAtMs.filter((at) => at >= start && at < start + 10_000).length).toBeLessThanOrEqual(calls);
        }
      },
    ),
  );
});

it("history leaves half of the allowance to live polls", async () => {
  const budget = createRateBudget(providersOf(100, 3_600), createManualTime());
  const take = async (purpose: "live" | "backfill") => (await budget.take(name, purpose)).kind;
  let history = 0;
  while ((await take("backfill")) === "granted") history++;
  let live = 0;
  while ((await take("live")) === "granted") live++;
  expect({ history, live }).toEqual({ history: 25, live: 25 });
});

it("waiting as long as it says is enough", async () => {
  const time = createManualTime();
  const budget = createRateBudget(providersOf(4, 60), time);
  let waited = 0;
  for (let i = 0; i < 10; i++) {
    const lease = await budget.take(name, "live");
    if (lease.kind === "granted") continue;
    waited++;
    time.pass(lease.waitMs);
    expect((await budget.take(name, "live")).kind).toBe("granted");
  }
  expect(waited).toBeGreaterThan(0);
});
