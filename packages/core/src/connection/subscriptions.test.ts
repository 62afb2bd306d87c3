import { setImmediate } from "node:timers/promises";
import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench } from "../../test/ingest-bench.ts";
import type { Delay } from "../plugin/delay.ts";
import type { Credentials, ProviderError, WebhookCapability } from "../ports/cgm-provider.ts";
import type { RateBudget, RateLease } from "../ports/rate-budget.ts";
import { createManualTime } from "../testing/manual-time.ts";
import { connectSource } from "./connect.ts";
import { createSubscriptions, type SubscriptionsDeps } from "./subscriptions.ts";

const CALLBACK = new URL("https://bg.example.org/api/bg/anna/webhook/world");
const AWAY: ProviderError = { kind: "retry", message: "The vendor is away." };

type Standing = { readonly url: string; readonly credentials: Credentials; readonly secret: string };

/** Somebody who is connected with a vendor that can be asked to call. */
async function connected(webhook: Partial<WebhookCapability> = {}, change: Partial<SubscriptionsDeps> = {}) {
  const bench = createIngestBench();
  const { loaded } = bench.world;
  const calls: Standing[] = [];
  const own: WebhookCapability = {
    ...(loaded.provider.webhook as WebhookCapability),
    subscribe: async (credentials, url, secret) => {
      calls.push({ url: url.href, credentials, secret });
      return ok();
    },
    unsubscribe: async (credentials, url) => {
      const standing = calls.findIndex((each) => each.url === url.href && each.credentials.value === credentials.value);
      calls.splice(Math.max(standing, 0), 1);
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
  return { bench, subscriptions, record, webhookSecret, calls, time };
}

describe("a vendor that can be asked to call", () => {
  it("is asked with what the source was connected with, to call where the source's deliveries are taken", async () => {
    const { bench, subscriptions, record, webhookSecret, calls } = await connected();
    await subscriptions.begin(record, calm);
    expect(calls).toEqual([{ url: CALLBACK.href, credentials: bench.world.grantOf(anna).credentials, secret: webhookSecret }]);
    expect(bench.logged).toEqual([]);
  });

  it("is told to stop after the source's secrets are gone, with what was looked up before", async () => {
    const unsubscribed: string[] = [];
    const { bench, subscriptions, record } = await connected({
      unsubscribe: async ({ value }, url) => {
        unsubscribed.push(`${JSON.stringify(value)} ${url.href}`);
        return ok();
      },
    });
    await subscriptions.begin(record, calm);
    const end = await subscriptions.ending(record, calm);
    (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    await bench.run(record, 60);
    expect((await bench.connections.secretsOf(record, calm))._unsafeUnwrap()).toBeNull();
    await end(calm);
    expect(unsubscribed).toEqual([`${JSON.stringify(bench.world.grantOf(anna).credentials.value)} ${CALLBACK.href}`]);
  });

  it("and refuses fails nobody; the log says so, and no secret", async () => {
    const { bench, subscriptions, record, webhookSecret } = await connected({
      subscribe: async () => err(AWAY),
      unsubscribe: async () => err(AWAY),
    });
    await subscriptions.begin(record, calm);
    await (await subscriptions.ending(record, calm))(calm);
    expect(bench.logged.map(({ level, fields }) => [level, fields["reason"]])).toEqual([
      ["warn", AWAY.message],
      ["warn", AWAY.message],
    ]);
    expect(JSON.stringify(bench.logged)).not.toContain(webhookSecret);
  });

  it("and hangs is waited for five seconds, and then called off", async () => {
    const signals: AbortSignal[] = [];
    const hang = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => undefined);
    };
    const { bench, subscriptions, record, time } = await connected({
      subscribe: (_, __, ___, { signal }) => hang(signal),
      unsubscribe: (_, __, { signal }) => hang(signal),
    });
    const beginning = subscriptions.begin(record, calm);
    await expect.poll(() => signals.length).toBe(1);
    time.pass(5_000);
    await beginning;
    const ending = (await subscriptions.ending(record, calm))(calm);
    time.pass(5_000);
    await ending;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(bench.logged.map(({ level }) => level)).toEqual(["warn", "warn"]);
  });

  it("is asked with a call of those that it allows, waited for if there will be one in a moment", async () => {
    const leases: RateLease[] = [{ kind: "wait", waitMs: 3_000 }];
    const taken: unknown[] = [];
    const budget: RateBudget = {
      take: async ({ provider, userId }, purpose) => {
        taken.push([provider, userId, purpose]);
        return leases.shift() ?? { kind: "granted" };
      },
    };
    const { subscriptions, record, calls, time, bench } = await connected({}, { budget });
    const beginning = subscriptions.begin(record, calm);
    await expect.poll(() => taken.length).toBe(1);
    await setImmediate();
    expect(calls).toEqual([]);
    time.pass(3_000);
    await beginning;
    expect(calls).toHaveLength(1);
    await (await subscriptions.ending(record, calm))(calm);
    expect(calls).toEqual([]);
    expect(taken).toEqual(Array(3).fill([record.provider, anna, "live"]));
    expect(bench.logged).toEqual([]);
  });

  it("is not asked where no call is left for longer than one is waited for, and the log says why", async () => {
    const { subscriptions, record, calls, bench } = await connected(
      {},
      { budget: { take: async () => ({ kind: "wait", waitMs: 5_001 }) } },
    );
    await subscriptions.begin(record, calm);
    await (await subscriptions.ending(record, calm))(calm);
    expect(calls).toEqual([]);
    expect(bench.logged.map(({ fields }) => fields["reason"])).toEqual(Array(2).fill("The provider allows no more calls just now."));
  });

  it("is not asked any more once a call comes too late", async () => {
    const lease = Promise.withResolvers<RateLease>();
    let taken = 0;
    const take: RateBudget["take"] = () => {
      taken++;
      return lease.promise;
    };
    const { subscriptions, record, calls, time, bench } = await connected({}, { budget: { take } });
    const beginning = subscriptions.begin(record, calm);
    await expect.poll(() => taken).toBe(1);
    time.pass(5_000);
    await beginning;
    lease.resolve({ kind: "granted" });
    await setImmediate();
    expect(calls).toEqual([]);
    expect(bench.logged).toHaveLength(1);
  });

  it("is not asked where nobody outside can reach the service", async () => {
    const { subscriptions, record, calls, bench } = await connected({}, { callbackUrl: () => null });
    await subscriptions.begin(record, calm);
    await (await subscriptions.ending(record, calm))(calm);
    expect([calls, bench.logged]).toEqual([[], []]);
  });

  it("is not asked with secrets that do not open, and the log says why", async () => {
    const sealed = {
      seal: async () => err(AWAY as never),
      open: async () => err({ kind: "stop" as const, message: "Another key sealed it." }),
    };
    const { subscriptions, record, calls, bench } = await connected({}, { vault: sealed });
    await subscriptions.begin(record, calm);
    expect(calls).toEqual([]);
    expect(bench.logged).toMatchObject([{ level: "warn", fields: { reason: "Another key sealed it." } }]);
  });
});

it("a vendor that cannot be asked to call is left alone", async () => {
  const bench = createIngestBench();
  const { record } = await bench.connected();
  const { vault, budget } = bench.connect;
  const providers = new Map([[bench.world.loaded.name, bench.world.loaded]]);
  const delay = async () => undefined;
  const { connections, deps } = bench;
  const { logger } = deps;
  const subscriptions = createSubscriptions({ connections, vault, budget, providers, logger, delay, callbackUrl: () => CALLBACK });
  await subscriptions.begin(record, calm);
  await (await subscriptions.ending(record, calm))(calm);
  expect(bench.logged).toEqual([]);
});
