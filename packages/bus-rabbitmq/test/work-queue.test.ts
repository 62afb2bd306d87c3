import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type { Delivery, DeliveryIds, LogFields, Logger, StoreError, Verdict } from "@bg-ingest/core";
import { createManualTime, createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import { type Channel, type ConsumeMessage, connect } from "amqplib";
import { err } from "neverthrow";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createRabbitMqBus, type RabbitMqConfig, type RabbitMqDeps } from "../src/index.ts";
import { asIfThere, findBroker, ownNamespace, through } from "./broker.ts";
import { calm, deliveryOf, sourceOf } from "./samples.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const PARTITIONS = 2;
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;
const done: Verdict = { kind: "done" };
const hold = (waitMs: number): Verdict => ({ kind: "hold", waitMs });

describe.skipIf(broker === null)("the queue of deliveries on RabbitMQ", () => {
  const { url } = asIfThere(broker);

  function world() {
    const namespace = ownNamespace(url, PARTITIONS);
    const logged: { readonly fields: LogFields; readonly message: string }[] = [];
    const log = (fields: LogFields, message: string) => void logged.push({ fields, message });
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const time = createManualTime();
    const deliveryIds = createMemoryDeliveryIds(time);
    const replica = async (deps: Partial<RabbitMqDeps> = {}, config: Partial<RabbitMqConfig> = {}) => {
      const proxy = await startTcpProxy(url);
      const settings = { url: through(proxy.port, url), namespace, partitions: PARTITIONS, ...config };
      const rabbit = createRabbitMqBus(settings, { deliveryIds, time, logger, ...deps })._unsafeUnwrap();
      onTestFinished(async () => {
        await rabbit.close();
        await proxy.close();
      });
      return { ...rabbit, proxy };
    };
    const asAdmin = async <T>(act: (channel: Channel) => Promise<T>): Promise<T> => {
      const connection = await connect(url);
      const answer = await act(await connection.createChannel());
      await connection.close();
      return answer;
    };
    return { namespace, replica, time, logged, asAdmin, deliveryIds };
  }

  async function enqueue(
    { queue }: { readonly queue: Awaited<ReturnType<ReturnType<typeof world>["replica"]>>["queue"] },
    ...deliveries: readonly Delivery[]
  ) {
    for (const delivery of deliveries) expect((await queue.enqueue(delivery, calm))._unsafeUnwrap()).toBe("enqueued");
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await sleep(5);
  }

  it("a broker that is away is told of once each time, and not once for each of its queues", async () => {
    const { replica, logged } = world();
    const one = await replica();
    const warnings = () => logged.filter(({ message }) => message.startsWith("Deliveries cannot be fetched"));
    const worked = new Set<string>();
    one.proxy.refuse(true);
    one.queue.consume(async ({ sourceId }) => {
      worked.add(sourceId);
      return done;
    });
    for (const outages of [1, 2]) {
      await until(() => warnings().length >= outages);
      one.proxy.refuse(false);
      worked.clear();
      // Enough sources that each of the queues has some.
      const deliveries = Array.from({ length: 16 }, (_, source) => deliveryOf(`outage-${outages}`, source));
      for (const delivery of deliveries) await until(async () => (await one.queue.enqueue(delivery, calm)).isOk());
      await until(() => worked.size === deliveries.length);
      expect(warnings()).toHaveLength(outages);
      one.proxy.refuse(true);
      one.proxy.drop();
    }
  });

  it("of two replicas one works on a source at a time, and the other goes on in order when that one dies", async () => {
    const { replica } = world();
    const [first, second] = [await replica(), await replica()];
    const worked: string[] = [];
    const working = new Set<string>();
    let overlaps = 0;
    const work =
      (name: string) =>
      async ({ sourceId, id }: Delivery) => {
        if (working.has(sourceId)) overlaps++;
        working.add(sourceId);
        await sleep(2);
        working.delete(sourceId);
        worked.push(`${name} ${sourceId}/${id}`);
        return done;
      };
    first.queue.consume(work("first"));
    await until(async () => (await first.queue.depth(calm)).isOk());
    await sleep(200);
    second.queue.consume(work("second"));
    const ids = Array.from({ length: 60 }, (_, n) => n);
    for (const n of ids) {
      await enqueue(second, deliveryOf(`${n}`, n % 5));
      if (n !== 30) continue;
      first.proxy.refuse(true);
      first.proxy.drop();
    }
    await until(() => new Set(worked.map((each) => each.split(" ")[1])).size === 60);
    expect(worked.some((each) => each.startsWith("second"))).toBe(true);
    expect(overlaps).toBeLessThanOrEqual(5);
    for (let source = 0; source < 5; source++) {
      const order = worked.map((each) => each.split(" ")[1] ?? "").filter((each) => each.startsWith(`${sourceOf(source)}/`));
      expect([...new Set(order)]).toEqual(ids.filter((n) => n % 5 === source).map((n) => `${sourceOf(source)}/${n}`));
    }
  });

  it("what is held for hours is given back and taken again long before the broker's time-out, in order, and comes no sooner", async () => {
    const { replica, time, namespace, asAdmin } = world();
    const { queue } = await replica();
    const order: string[] = [];
    const atMs: number[] = [];
    const consumption = queue.consume(async ({ id }) => {
      order.push(id);
      atMs.push(time.monotonicMs());
      return hold(5 * MINUTE_MS);
    });
    await enqueue({ queue }, deliveryOf("1"), deliveryOf("2"), deliveryOf("3"));
    await until(() => order.length === 1);
    // However long the broker takes to hand them out again, no minute passes meanwhile.
    const areTaken = () =>
      asAdmin(async (channel) => {
        const queues = Array.from({ length: PARTITIONS }, (_, n) => channel.checkQueue(`${namespace}.deliveries.${n}`));
        return (await Promise.all(queues)).every(({ consumerCount }) => consumerCount > 0);
      });
    for (let minute = 0; minute < 60; minute++) {
      await until(areTaken);
      time.pass(MINUTE_MS);
      await sleep(60);
    }
    await consumption.stop();
    const waits = atMs.slice(1).map((ms, n) => ms - (atMs[n] as number));
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5 * MINUTE_MS);
    expect(new Set(order)).toEqual(new Set(["1"]));

    const standing = await asAdmin(async (channel) => {
      const messages: ConsumeMessage[] = [];
      for (let n = 0; n < PARTITIONS; n++)
        await channel.consume(`${namespace}.deliveries.${n}`, (message) => void (message && messages.push(message)));
      await until(() => messages.length === 3);
      return messages.map(({ properties: { headers } }) => ({ id: headers?.["bg-id"], times: headers?.["x-delivery-count"] }));
    });
    expect(standing.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    for (const { times } of standing) expect(times).toBeGreaterThanOrEqual(4);
  });

  it("a verdict that is reached while the connection is lost holds: the work is not done twice", async () => {
    const { replica } = world();
    const { queue, proxy } = await replica();
    const worked: string[] = [];
    const gate = Promise.withResolvers<void>();
    queue.consume(async ({ id }) => {
      worked.push(id);
      if (id === "1") await gate.promise;
      return done;
    });
    await enqueue({ queue }, deliveryOf("1"), deliveryOf("2"));
    await until(() => worked.length === 1);
    proxy.drop();
    await sleep(100);
    gate.resolve();
    await until(() => worked.length === 2);
    await until(async () => (await queue.depth(calm)).unwrapOr({ waiting: 1 }).waiting === 0);
    expect(worked).toEqual(["1", "2"]);
  });

  it("acknowledgements that are lost with a connection have no work done twice", async () => {
    const { replica } = world();
    const { queue, proxy } = await replica();
    const sent = Array.from({ length: 600 }, (_, n) => deliveryOf(`${n}`, n % 50));
    await Promise.all(sent.map((delivery) => enqueue({ queue }, delivery)));
    const worked: string[] = [];
    queue.consume(async ({ sourceId, id }) => {
      worked.push(`${sourceId}/${id}`);
      if (worked.length % 200 === 0) proxy.drop();
      return done;
    });
    await until(() => worked.length >= 600);
    await until(async () => (await queue.depth(calm)).unwrapOr({ waiting: 1 }).waiting === 0);
    expect(worked.length).toBe(600);
    expect(new Set(worked).size).toBe(600);
  });

  it("a letter set apart bears its delivery and the reason", async () => {
    const { replica, namespace, asAdmin } = world();
    const { queue } = await replica();
    const consumption = queue.consume(async () => ({ kind: "set_apart", reason: "delivery_unreadable", body: "kept" }));
    await enqueue({ queue }, deliveryOf("a long id ".repeat(60)));
    await until(async () => (await queue.depth(calm)).unwrapOr({ setApart: 0 }).setApart === 1);
    await consumption.stop();
    const letter = await asAdmin((channel) => channel.get(`${namespace}.deliveries.set-apart`));
    expect(letter).toMatchObject({
      properties: { headers: { "bg-reason": "delivery_unreadable", "bg-id": "a long id ".repeat(60), "bg-source": sourceOf(1) } },
    });
    expect(letter === false ? null : letter.content.toString()).toBe(deliveryOf("a long id ".repeat(60)).body.toString());
  });

  it("what cannot be set apart yet waits, and its source with it", async () => {
    const { replica, time } = world();
    const { queue, proxy } = await replica({}, { deadlineMs: 300 });
    const worked: string[] = [];
    const sent = Promise.withResolvers<void>();
    queue.consume(async ({ id }) => {
      // The broker may hand it out before it says that it has it.
      await sent.promise;
      if (id === "bad") proxy.swallow("answers");
      worked.push(id);
      return id === "bad" ? { kind: "set_apart", reason: "delivery_unreadable", body: "kept" } : done;
    });
    await enqueue({ queue }, deliveryOf("bad"));
    sent.resolve();
    await until(() => worked.length === 1);
    await sleep(500);
    proxy.swallow("nothing");
    await until(async () => {
      time.pass(1_000);
      return (await queue.depth(calm)).unwrapOr({ setApart: 0 }).setApart > 0;
    });
    await until(async () => {
      time.pass(1_000);
      return (await queue.depth(calm)).unwrapOr({ waiting: 1 }).waiting === 0;
    });
    expect(worked.filter((id) => id === "bad").length).toBeLessThanOrEqual(2);
  });

  it("a message that is none of ours goes to the letters set apart, at once and without stopping anybody", async () => {
    const { replica, namespace, asAdmin, logged } = world();
    const { queue } = await replica();
    const worked: string[] = [];
    queue.consume(async ({ id }) => {
      worked.push(id);
      return done;
    });
    await enqueue({ queue }, deliveryOf("1"));
    await asAdmin(async (channel) => {
      for (let n = 0; n < PARTITIONS; n++) channel.sendToQueue(`${namespace}.deliveries.${n}`, Buffer.from("glucose 287"));
      await channel.checkQueue(`${namespace}.deliveries.0`);
    });
    await until(async () => (await queue.depth(calm)).unwrapOr({ setApart: 0 }).setApart === PARTITIONS);
    await enqueue({ queue }, deliveryOf("2"));
    await until(() => worked.length === 2);
    expect(logged.map(({ fields }) => fields)).toEqual(Array(PARTITIONS).fill({ reason: "delivery_unreadable" }));
    expect(inspect(logged)).not.toContain("287");
  });

  it("erasing goes through any number of letters and leaves those of others as they were", async () => {
    const { replica, namespace, asAdmin } = world();
    const { queue } = await replica();
    const consumption = queue.consume(async () => ({ kind: "set_apart", reason: "odd", body: "kept" }));
    for (let n = 0; n < 20; n++) await enqueue({ queue }, deliveryOf(`${n}`, n % 2));
    await until(async () => (await queue.depth(calm)).unwrapOr({ setApart: 0 }).setApart === 20);
    await Promise.all(
      [queue.eraseSource(sourceOf(0), calm), queue.eraseSource(sourceOf(3), calm)].map(async (erased) =>
        expect((await erased).isOk()).toBe(true),
      ),
    );
    expect((await queue.depth(calm))._unsafeUnwrap()).toEqual({ waiting: 0, setApart: 10 });
    await consumption.stop();
    const left = await asAdmin(async (channel) => {
      const letters = Array.from({ length: 10 }, () => channel.get(`${namespace}.deliveries.set-apart`));
      return (await Promise.all(letters)).map((letter) => (letter === false ? null : letter.properties.headers));
    });
    for (const headers of left) expect(headers).toMatchObject({ "bg-source": sourceOf(1), "bg-reason": "odd" });
  });

  it("an erased source is deleted from what another replica has in hand", async () => {
    const { replica } = world();
    const [holding, erasing] = [await replica(), await replica()];
    const consumption = holding.queue.consume(async () => hold(60 * MINUTE_MS));
    await enqueue(erasing, deliveryOf("1", 0), deliveryOf("2", 0), deliveryOf("1", 2));
    await until(async () => (await holding.queue.depth(calm))._unsafeUnwrap().waiting === 3);
    expect((await erasing.queue.eraseSource(sourceOf(0), calm)).isOk()).toBe(true);
    expect((await holding.queue.depth(calm))._unsafeUnwrap().waiting).toBe(1);
    await consumption.stop();
    expect((await erasing.queue.depth(calm))._unsafeUnwrap().waiting).toBe(1);
  });

  it("a source that is held with any number of deliveries leaves room for the others, and loses none", async () => {
    const { replica, time, asAdmin, namespace } = world();
    const { queue } = await replica();
    let isPoisoned = true;
    const worked: Delivery[] = [];
    const many = Array.from({ length: 1_300 }, (_, n) => deliveryOf(`${n}`, 0));
    await Promise.all(many.slice(0, 1_100).map((delivery) => enqueue({ queue }, delivery)));
    queue.consume(async (delivery) => {
      if (isPoisoned && delivery.sourceId === sourceOf(0)) return hold(MINUTE_MS);
      worked.push(delivery);
      return done;
    });
    await Promise.all(many.slice(1_100).map((delivery) => enqueue({ queue }, delivery)));
    const healthy = Array.from({ length: 20 }, (_, n) => deliveryOf("1", n + 1));
    await enqueue({ queue }, ...healthy);
    await until(() => worked.length === 20);
    await until(async () => {
      const { messageCount } = await asAdmin((channel) => channel.checkQueue(`${namespace}.deliveries.later`));
      return messageCount === 1_200;
    });
    expect((await queue.depth(calm))._unsafeUnwrap()).toEqual({ waiting: 1_300, setApart: 0 });

    isPoisoned = false;
    time.pass(MINUTE_MS);
    await until(() => worked.length === 120);
    expect(worked.slice(20).map(({ id }) => Number(id))).toEqual(
      worked
        .slice(20)
        .map(({ id }) => Number(id))
        .toSorted((a, b) => a - b),
    );
    expect((await queue.depth(calm))._unsafeUnwrap().waiting).toBe(1_200);
    expect((await queue.eraseSource(sourceOf(3), calm)).isOk()).toBe(true);
    expect((await queue.depth(calm))._unsafeUnwrap().waiting).toBe(1_200);
    expect((await queue.eraseSource(sourceOf(0), calm)).isOk()).toBe(true);
    expect((await queue.depth(calm))._unsafeUnwrap().waiting).toBe(0);
  });

  it("of large deliveries no more are in hand than there are bytes for; each is worked on once, in order; small ones are taken by the thousand again", async () => {
    const { replica, time, namespace, asAdmin } = world();
    const { queue } = await replica();
    let gate = Promise.withResolvers<void>();
    const order: number[] = [];
    const consumption = queue.consume(async ({ id }) => {
      await gate.promise;
      order.push(Number(id));
      return done;
    });
    const isLeftToBroker = (count: number) => () =>
      asAdmin(async (channel) => {
        const queues = Array.from({ length: PARTITIONS }, (_, n) => channel.checkQueue(`${namespace}.deliveries.${n}`));
        return (await Promise.all(queues)).reduce((sum, { messageCount }) => sum + messageCount, 0) === count;
      });
    const body = Buffer.alloc(2 * MIB);
    for (let n = 0; n < 24; n++) await enqueue({ queue }, { ...deliveryOf(`${n}`), body });
    await until(isLeftToBroker(24 - (64 * MIB) / PARTITIONS / body.byteLength));
    gate.resolve();
    await until(() => order.length === 24);
    gate = Promise.withResolvers();
    for (let n = 24; n < 124; n++) await enqueue({ queue }, deliveryOf(`${n}`));
    await until(isLeftToBroker(84));
    time.pass(MINUTE_MS);
    await until(isLeftToBroker(0));
    gate.resolve();
    await until(() => order.length === 124);
    expect(order).toEqual(Array.from({ length: 124 }, (_, n) => n));
    await consumption.stop();
    expect((await queue.depth(calm))._unsafeUnwrap().waiting).toBe(0);
  });

  it("a store that is away takes no delivery; one that forgets to note an id loses none", async () => {
    const { replica, deliveryIds, logged } = world();
    const away: StoreError = { kind: "retry", message: "The store is away." };
    const cannotRead: DeliveryIds = { ...deliveryIds, isKnown: async () => err(away) };
    const cannotWrite: DeliveryIds = { ...deliveryIds, note: async () => err(away) };
    const refusing = await replica({ deliveryIds: cannotRead });
    expect((await refusing.queue.enqueue(deliveryOf("1"), calm))._unsafeUnwrapErr()).toEqual(away);
    const forgetful = await replica({ deliveryIds: cannotWrite });
    for (let n = 0; n < 2; n++) await enqueue(forgetful, deliveryOf("1"));
    expect((await forgetful.queue.depth(calm))._unsafeUnwrap().waiting).toBe(2);
    expect(logged.map(({ fields }) => fields)).toEqual(Array(2).fill({ source: sourceOf(1), reason: away.message }));
  });

  it("work that throws is told to the log without a word of what was delivered, and is tried again in a minute", async () => {
    const { replica, time, logged } = world();
    const { queue } = await replica();
    const worked: string[] = [];
    queue.consume(async ({ id }) => {
      worked.push(id);
      if (worked.length === 1) throw new TypeError("glucose 287 of anna is odd");
      return done;
    });
    await enqueue({ queue }, deliveryOf("1"));
    await until(() => worked.length === 1);
    await sleep(50);
    time.pass(59_999);
    await sleep(100);
    expect(worked).toHaveLength(1);
    time.pass(1);
    await until(() => worked.length === 2);
    expect(inspect(logged, { depth: 9 })).toMatch(/TypeError/);
    expect(inspect(logged, { depth: 9 })).not.toMatch(/287|anna/);
  });

  it("closing tells the work in hand to give up, and the delivery comes again", async () => {
    const { replica } = world();
    const first = await replica();
    await enqueue(first, deliveryOf("1"));
    const told = new Promise((resolve) => {
      first.queue.consume((_, { signal }) => {
        signal.addEventListener("abort", () => resolve("told"));
        return new Promise(() => undefined);
      });
    });
    await until(async () => (await first.queue.depth(calm))._unsafeUnwrap().waiting === 1);
    await sleep(100);
    await first.close();
    expect(await told).toBe("told");
    const second = await replica();
    const again: string[] = [];
    second.queue.consume(async ({ id }) => {
      again.push(id);
      return done;
    });
    await until(() => again.length === 1);
  });
});
