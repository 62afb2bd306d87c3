import { setImmediate } from "node:timers/promises";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench } from "../../test/ingest-bench.ts";
import type { ProviderError, WebhookCapability } from "../ports/cgm-provider.ts";
import type { Delay } from "../ports/delay.ts";
import type { RateBudget, RateLease } from "../ports/rate-budget.ts";
import { createManualTime } from "../testing/manual-time.ts";
import { connectSource } from "./connect.ts";
import { createSubscriptions, type SubscriptionsDeps } from "./subscriptions.ts";

const CALLBACK = new URL("https://bg.example.org/api/bg/anna/webhook/world");
const AWAY: ProviderError = { kind: "retry", message: "The vendor is away." };

/** Somebody who is connected with a vendor that can be told to call no more. */
async function connected(webhook: Partial<WebhookCapability> = {}, change: Partial<SubscriptionsDeps> = {}) {
  const bench = createIngestBench();
  const { loaded } = bench.world;
  const told: string[] = [];
  const own: WebhookCapability = {
    ...(loaded.provider.webhook as WebhookCapability),
    unsubscribe: async (_, url) => {
      told.push(url.href);
      return ok();
    },
    ...webhook,
  };
  const time = createManualTime();
  const delay: Delay = (ms, signal) =>
    new Promise((resolve) => {
      time.after(ms, resolve);
      signal.addEventListener("abort", () => resolve());
    });
  const subscriptions = createSubscriptions({
    connections: bench.connections,
    vault: bench.connect.vault,
    providers: new Map([[loaded.name, { ...loaded, provider: { ...loaded.provider, webhook: own } }]]),
    budget: bench.connect.budget,
    logger: bench.deps.logger,
    delay,
    callbackUrl: () => CALLBACK,
    ...change,
  });
  const { record, webhookSecret } = (await connectSource(bench.connect, anna, loaded, bench.world.grantOf(anna), calm))._unsafeUnwrap();
  return { bench, subscriptions, record, webhookSecret, told, time };
}

describe("a vendor that can be asked to call no more", () => {
  it("is told to stop after the source's secrets are gone, with what was looked up before", async () => {
    const unsubscribed: string[] = [];
    const { bench, subscriptions, record } = await connected({
      unsubscribe: async ({ value }, url) => {
        unsubscribed.push(`${JSON.stringify(value)} ${url.href}`);
        return ok();
      },
    });
    const end = await subscriptions.ending(record, calm);
    (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    await bench.run(record, 60);
    expect((await bench.connections.secretsOf(record, calm))._unsafeUnwrap()).toBeNull();
    await end(calm);
    expect(unsubscribed).toEqual([`${JSON.stringify(bench.world.grantOf(anna).credentials.value)} ${CALLBACK.href}`]);
  });

  it("and refuses fails nobody; the log says so, and no secret", async () => {
    const { bench, subscriptions, record, webhookSecret } = await connected({
      unsubscribe: async () => err(AWAY),
    });
    await (await subscriptions.ending(record, calm))(calm);
    expect(bench.logged.map(({ level, fields }) => [level, fields["reason"]])).toEqual([["warn", AWAY.message]]);
    expect(JSON.stringify(bench.logged)).not.toContain(webhookSecret);
  });

  it("and hangs is waited for five seconds, and then called off", async () => {
    const signals: AbortSignal[] = [];
    const hang = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => undefined);
    };
    const { bench, subscriptions, record, time } = await connected({
      unsubscribe: (_, __, { signal }) => hang(signal),
    });
    const ending = (await subscriptions.ending(record, calm))(calm);
    await expect.poll(() => signals.length).toBe(1);
    time.pass(5_000);
    await ending;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(bench.logged.map(({ level }) => level)).toEqual(["warn"]);
  });

  it("is told with a call of those that it allows, waited for if there will be one in a moment", async () => {
    const leases: RateLease[] = [{ kind: "wait", waitMs: 3_000 }];
    const taken: unknown[] = [];
    const budget: RateBudget = {
      take: async ({ provider, userId }, purpose) => {
        taken.push([provider, userId, purpose]);
        return leases.shift() ?? { kind: "granted" };
      },
    };
    const { subscriptions, record, told, time, bench } = await connected({}, { budget });
    const ending = (await subscriptions.ending(record, calm))(calm);
    await expect.poll(() => taken.length).toBe(1);
    await setImmediate();
    expect(told).toEqual([]);
    time.pass(3_000);
    await ending;
    expect(told).toEqual([CALLBACK.href]);
    expect(taken).toEqual(Array(2).fill([record.provider, anna, "live"]));
    expect(bench.logged).toEqual([]);
  });

  it("is not told where no call is left for longer than one is waited for, and the log says why", async () => {
    const { subscriptions, record, told, bench } = await connected({}, { budget: { take: async () => ({ kind: "wait", waitMs: 5_001 }) } });
    await (await subscriptions.ending(record, calm))(calm);
    expect(told).toEqual([]);
    expect(bench.logged.map(({ fields }) => fields["reason"])).toEqual(["The provider allows no more calls just now."]);
  });

  it("is not told any more once a call comes too late", async () => {
    const lease = Promise.withResolvers<RateLease>();
    let taken = 0;
    const take: RateBudget["take"] = () => {
      taken++;
      return lease.promise;
    };
    const { subscriptions, record, told, time, bench } = await connected({}, { budget: { take } });
    const ending = (await subscriptions.ending(record, calm))(calm);
    await expect.poll(() => taken).toBe(1);
    time.pass(5_000);
    await ending;
    lease.resolve({ kind: "granted" });
    await setImmediate();
    expect(told).toEqual([]);
    expect(bench.logged).toHaveLength(1);
  });

  it("is told nothing where nobody outside can reach the service", async () => {
    const { subscriptions, record, told, bench } = await connected({}, { callbackUrl: () => null });
    await (await subscriptions.ending(record, calm))(calm);
    expect([told, bench.logged]).toEqual([[], []]);
  });

  it("is told nothing with secrets that do not open, and the log says why", async () => {
    const sealed = {
      seal: async () => err(AWAY as never),
      open: async () => err({ kind: "stop" as const, message: "Another key sealed it." }),
    };
    const { subscriptions, record, bench } = await connected({}, { vault: sealed });
    await (await subscriptions.ending(record, calm))(calm);
    expect(bench.logged).toMatchObject([{ level: "warn", fields: { reason: "Another key sealed it." } }]);
  });
});

it("a vendor that cannot be told is left alone", async () => {
  const bench = createIngestBench();
  const { record } = await bench.connected();
  const { vault, budget } = bench.connect;
  const providers = new Map([[bench.world.loaded.name, bench.world.loaded]]);
  const delay = async () => undefined;
  const { connections, deps } = bench;
  const { logger } = deps;
  const subscriptions = createSubscriptions({ connections, vault, budget, providers, logger, delay, callbackUrl: () => CALLBACK });
  await (await subscriptions.ending(record, calm))(calm);
  expect(bench.logged).toEqual([]);
});
