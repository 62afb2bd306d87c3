import type { Delivery, Instant, LogFields, Logger, ProviderName, SourceId, UserId, Verdict } from "@bg-ingest/core";
import { createManualTime, createMemoryWorkQueue } from "@bg-ingest/core/testing";
import { fastify } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { createDeliveries, type DeliveriesDeps } from "./deliveries/deliveries.ts";
import { createHostOf } from "./host.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";

const GRACE_MS = 20_000;

const delivery: Delivery = {
  id: "delivery-1",
  userId: "anna" as UserId,
  sourceId: "annacgm00001" as SourceId,
  provider: "acme" as ProviderName,
  signedAt: 1_745_000_000 as Instant,
  body: new Uint8Array(),
};

const calm = { signal: new AbortController().signal };

interface Trouble {
  /** What becomes of the scheduler's stop. */
  readonly scheduler?: () => Promise<void>;
  readonly work?: () => Promise<Verdict>;
  readonly close?: () => Promise<void>;
}

const leftOver: (() => void)[] = [];
afterEach(() => {
  for (const end of leftOver.splice(0)) end();
});

/** A service whose parts end when asked to, but for those in trouble. `happened` tells what was stopped or closed, in order. */
function bench(trouble: Trouble = {}) {
  const time = createManualTime();
  const timers = { after: time.after, soon: (work: () => void) => void setImmediate(work) };
  const queue = createMemoryWorkQueue(time);
  const happened: string[] = [];
  const log: { readonly level: string; readonly fields: LogFields }[] = [];
  const at = (level: string) => (fields: LogFields) => void log.push({ level, fields });
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const app = fastify();
  leftOver.push(() => app.server.closeAllConnections());
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  app.get("/hangs", () => {
    asked();
    return new Promise(() => {});
  });
  app.addHook("onClose", async () => {
    happened.push("requests");
    await trouble.close?.();
  });
  const scheduler: Scheduler = {
    start: async () => void happened.push("started"),
    isStarted: () => true,
    wake: () => {},
    recheck: () => {},
    counts: () => ({ scheduled: 0, tended: 0 }),
    stop: async () => {
      happened.push("scheduler");
      await trouble.scheduler?.();
    },
  };
  const deliveries = createDeliveries({
    receive: {} as DeliveriesDeps["receive"],
    queue,
    ingest: { work: trouble.work ?? (async () => ({ kind: "done" })) },
    scheduler,
    logger,
  });
  const host = createHostOf({
    app,
    scheduler,
    deliveries: {
      ...deliveries,
      stop: () => {
        happened.push("deliveries");
        return deliveries.stop();
      },
    },
    closeEngines: async () => void happened.push("store"),
    settings: { host: "127.0.0.1", port: 0, shutdownGraceSeconds: GRACE_MS / 1000 },
    timers,
    logger,
  });
  return { time, queue, happened, log, host, isAsked };
}

/** Lets everything that has its answer go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Stops the service, of which a part hangs: nothing but the end of the grace lets it end. */
async function stopAfterGrace({ host, time, happened, log }: ReturnType<typeof bench>, hanging: string): Promise<void> {
  const stopped = host.stop();
  await settle();
  time.pass(GRACE_MS - 1);
  await settle();
  expect(happened).not.toContain("store");
  time.pass(1);
  await stopped;
  expect(happened.at(-1)).toBe("store");
  expect(log).toEqual([{ level: "warn", fields: { missing: [hanging], ms: GRACE_MS } }]);
}

const never = () => new Promise<never>(() => {});

describe("a service that is stopped", () => {
  it("tells all its parts to stop before it waits for any, and closes the store last", async () => {
    const { host, happened, log } = bench();
    (await host.start())._unsafeUnwrap();
    const stopped = host.stop();
    expect(happened).toEqual(["started", "scheduler", "deliveries"]);
    await stopped;
    expect(happened).toEqual(["started", "scheduler", "deliveries", "requests", "store"]);
    expect(log).toEqual([]);
  });

  it("stops once, however often it is asked to, and leaves no timer behind", async () => {
    const { host, happened, log, time } = bench();
    (await host.start())._unsafeUnwrap();
    await Promise.all([host.stop(), host.stop()]);
    await host.stop();
    time.pass(2 * GRACE_MS);
    await settle();
    expect(happened).toEqual(["started", "scheduler", "deliveries", "requests", "store"]);
    expect(log).toEqual([]);
  });

  it("stops though it never started, and then starts nothing", async () => {
    const { host, happened } = bench();
    await host.stop();
    (await host.start())._unsafeUnwrap();
    expect(happened).toEqual(["scheduler", "deliveries", "requests", "store"]);
  });

  it("waits no longer than the grace for a request that hangs, and cuts it off", async () => {
    const service = bench();
    const { url } = (await service.host.start())._unsafeUnwrap();
    const answer = fetch(`${url.replace("localhost", "127.0.0.1")}/hangs`).then(
      () => "answered",
      () => "cut off",
    );
    await service.isAsked;
    await stopAfterGrace(service, "requests");
    expect(await answer).toBe("cut off");
  });

  it("waits no longer than the grace for a delivery that hangs, which stays in the queue", async () => {
    const service = bench({ work: never });
    (await service.host.start())._unsafeUnwrap();
    (await service.queue.enqueue(delivery, calm))._unsafeUnwrap();
    await stopAfterGrace(service, "deliveries");
    expect((await service.queue.depth(calm))._unsafeUnwrap().waiting).toBe(1);
  });

  it("waits no longer than the grace for polls that hang", async () => {
    const service = bench({ scheduler: never });
    (await service.host.start())._unsafeUnwrap();
    await stopAfterGrace(service, "polls");
  });

  it("closes the store though another part fails to stop, early or long after the grace", async () => {
    const failing = bench({ scheduler: () => Promise.reject(new Error("a bug")), close: () => Promise.reject(new Error("a bug")) });
    (await failing.host.start())._unsafeUnwrap();
    await failing.host.stop();
    expect(failing.happened.at(-1)).toBe("store");
    expect(failing.log.map(({ level }) => level)).toContain("error");

    let fail = () => {};
    const late = bench({ scheduler: () => new Promise((_, reject) => (fail = () => reject(new Error("a bug")))) });
    (await late.host.start())._unsafeUnwrap();
    await stopAfterGrace(late, "polls");
    fail();
    await settle();
    expect(late.log.map(({ level }) => level)).toEqual(["warn", "error"]);
  });
});
