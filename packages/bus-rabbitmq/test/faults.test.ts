import { setTimeout as sleep } from "node:timers/promises";
import type { BgEvent, Delivery, Verdict } from "@bg-ingest/core";
import { createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import { connect } from "amqplib";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { PrivateRabbitMq } from "../../../tools/services/rabbitmq.ts";
import { createRabbitMqBus, type RabbitMqConfig } from "../src/index.ts";
import { findPrivateBroker, ownNamespace, through } from "./broker.ts";
import { readEventLog } from "./event-log.ts";
import { calm, deliveryOf, eventOf } from "./samples.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const broker = await findPrivateBroker();
afterAll(() => broker?.end());

const PARTITIONS = 2;
const done: Verdict = { kind: "done" };

describe.skipIf(broker === null)("on a broker that can be killed", { timeout: 300_000 }, () => {
  const { url, port, control, kill, start } = broker as PrivateRabbitMq;

  async function open(config: Partial<RabbitMqConfig> = {}) {
    const namespace = ownNamespace(url, PARTITIONS);
    const proxy = await startTcpProxy(port);
    const settings = { url: through(proxy.port, url), namespace, partitions: PARTITIONS, deadlineMs: 2_000, ...config };
    const rabbit = createRabbitMqBus(settings, { deliveryIds: createMemoryDeliveryIds({ nowMs: Date.now }) })._unsafeUnwrap();
    onTestFinished(async () => {
      await rabbit.close();
      await proxy.close();
    });
    return { ...rabbit, proxy, namespace };
  }

  type Opened = Awaited<ReturnType<typeof open>>;

  /** Publishes as the core does, versions of many days at once, each batch again until it is taken, while `trouble` lasts. */
  async function publishDuring({ bus }: Opened, trouble: Promise<unknown>) {
    const confirmed: BgEvent[] = [];
    let refused = 0;
    let isOver = false;
    const publishDay = async (source: string): Promise<void> => {
      for (let version = 1; !isOver; version += 5) {
        const batch = Array.from({ length: 5 }, (_, n) => eventOf(source, version + n));
        while ((await bus.publish(batch, calm)).isErr()) {
          refused++;
          await sleep(100);
        }
        confirmed.push(...batch);
      }
    };
    const publishing = Promise.all(Array.from({ length: 20 }, (_, n) => publishDay(`source${1000 + n}`)));
    await trouble;
    isOver = true;
    await publishing;
    return { confirmed, refused };
  }

  async function expectAllThere({ namespace }: Opened, confirmed: readonly BgEvent[]) {
    const log = await readEventLog(url, namespace);
    const there = new Set(log.map(({ id }) => id));
    expect(confirmed.filter(({ id }) => !there.has(id))).toEqual([]);
    for (const [subject, events] of Map.groupBy(log, (event) => event.subject)) {
      const firsts = [...new Set(events.map(({ id }) => Number(id.split("/")[2])))];
      expect(firsts, subject).toEqual(firsts.toSorted((a, b) => a - b));
    }
  }

  async function restarts(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await sleep(1_500);
      await kill();
      await start();
    }
    await sleep(1_500);
  }

  async function flaps(proxy: TcpProxy, times: number, everyMs: () => number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await sleep(everyMs());
      proxy.drop();
    }
  }

  it("no event that was answered is lost while the broker is killed and started again three times", async () => {
    const opened = await open();
    const { confirmed, refused } = await publishDuring(opened, restarts(3));
    expect(refused).toBeGreaterThan(0);
    expect(confirmed.length).toBeGreaterThan(1_000);
    await expectAllThere(opened, confirmed);
  });

  it("no event that was answered is lost while all connections break every second", async () => {
    const opened = await open();
    const { confirmed, refused } = await publishDuring(
      opened,
      flaps(opened.proxy, 10, () => 1_000),
    );
    expect(refused).toBeGreaterThan(0);
    expect(opened.proxy.passed).toBeGreaterThan(10);
    await expectAllThere(opened, confirmed);
  });

  it("a connection that breaks at any moment of being set up is opened again", async () => {
    const opened = await open();
    const confirmed: BgEvent[] = [];
    const publish = async (version: number) => {
      const event = eventOf("source0001", version);
      const answer = await opened.bus.publish([event], calm);
      if (answer.isOk()) confirmed.push(event);
      return answer.isOk();
    };
    const broke: number[] = [];
    for (let bytes = 0; bytes < 1_400; bytes += 70) {
      opened.proxy.cutAfter(bytes);
      opened.proxy.drop();
      if (!(await publish(bytes + 1))) broke.push(bytes);
      await sleep(510);
    }
    opened.proxy.cutAfter(null);
    while (!(await publish(1_400))) await sleep(50);
    expect(broke.length).toBeGreaterThan(8);
    expect(opened.proxy.passed).toBeGreaterThan(10);
    await expectAllThere(opened, confirmed);
  });

  it("deliveries outlive the broker, and consumption goes on by itself, each source in order", async () => {
    const opened = await open();
    const handedOut: Delivery[] = [];
    const consumption = opened.queue.consume(async (delivery) => {
      await sleep(20);
      handedOut.push(delivery);
      return done;
    });
    let isOver = false;
    const sent: string[] = [];
    const send = async (source: number) => {
      for (let n = 0; !isOver; n++) {
        while ((await opened.queue.enqueue(deliveryOf(`${n}`, source), calm)).isErr()) await sleep(100);
        sent.push(`${source}/${n}`);
        await sleep(10);
      }
    };
    const sending = Promise.all([1, 2, 3, 4, 5, 6].map(send));
    await restarts(1);
    isOver = true;
    await sending;
    while ((await opened.queue.depth(calm)).unwrapOr({ waiting: 1, setApart: 0 }).waiting > 0) await sleep(50);
    await consumption.stop();
    expect(sent.length).toBeGreaterThan(60);
    for (const source of [1, 2, 3, 4, 5, 6]) {
      const ids = handedOut.filter(({ sourceId }) => sourceId.endsWith(`000${source}`)).map(({ id }) => Number(id));
      const firsts = [...new Set(ids)];
      expect(firsts).toEqual(Array.from(firsts, (_, n) => n));
      expect(firsts.length).toBe(sent.filter((name) => name.startsWith(`${source}/`)).length);
    }
  });

  it("a confirmation that is lost makes an event unpublished, never confirmed; it is told again", async () => {
    const opened = await open();
    const publish = (version: number) => opened.bus.publish([eventOf("source0001", version)], calm);
    expect((await publish(1)).isOk()).toBe(true);
    opened.proxy.swallow("answers");
    expect((await publish(2))._unsafeUnwrapErr()).toMatchObject({ kind: "retry", retryAfterMs: expect.any(Number) });
    opened.proxy.swallow("nothing");
    expect((await publish(2)).isOk()).toBe(true);
    const ids = (await readEventLog(url, opened.namespace)).map(({ id }) => id.slice(-1));
    expect(ids).toEqual(["1", "2", "2"]);
  });

  it("a broker that swallows everything is given up after the deadline, and tried over a new connection", async () => {
    const opened = await open({ deadlineMs: 500 });
    const publish = (version: number) => opened.bus.publish([eventOf("source0001", version)], calm);
    expect((await publish(1)).isOk()).toBe(true);
    opened.proxy.swallow("both");
    for (const version of [2, 3]) expect((await publish(version))._unsafeUnwrapErr().kind).toBe("retry");
    expect((await opened.queue.depth(calm)).isErr()).toBe(true);
    expect((await opened.queue.enqueue(deliveryOf("1"), calm)).isErr()).toBe(true);
    opened.proxy.swallow("nothing");
    while ((await publish(2)).isErr()) await sleep(50);
    expect((await opened.queue.enqueue(deliveryOf("1"), calm))._unsafeUnwrap()).toBe("enqueued");
    expect((await opened.queue.depth(calm))._unsafeUnwrap().waiting).toBeGreaterThan(0);
  });

  it("an event that no queue takes is unpublished, and the queue is bound again for the next attempt", async () => {
    const opened = await open();
    const publish = (version: number) => opened.bus.publish([eventOf("source0001", version)], calm);
    expect((await publish(1)).isOk()).toBe(true);
    const admin = await connect(url);
    await (await admin.createChannel()).unbindQueue(`${opened.namespace}.events.log`, `${opened.namespace}.events`, "#");
    await admin.close();
    expect((await publish(2))._unsafeUnwrapErr()).toMatchObject({ kind: "retry", message: expect.stringContaining("no queue") });
    expect((await publish(2)).isOk()).toBe(true);
    expect((await readEventLog(url, opened.namespace)).map(({ id }) => id.slice(-1))).toEqual(["1", "2"]);
  });

  it("a broker short of memory takes no event and is not pressed; verdicts reach it, and all goes on when it has room", async () => {
    const opened = await open();
    const publish = (version: number) => opened.bus.publish([eventOf("source0001", version)], calm);
    expect((await publish(1)).isOk()).toBe(true);
    for (const id of ["1", "2", "3"]) expect((await opened.queue.enqueue(deliveryOf(id), calm)).isOk()).toBe(true);
    await control("set_vm_memory_high_watermark", "0.00001");
    try {
      const refused = (await publish(2))._unsafeUnwrapErr();
      expect(refused).toMatchObject({ kind: "retry", retryAfterMs: expect.any(Number), message: expect.stringContaining("memory") });
      const answers = await Promise.all(Array.from({ length: 5_000 }, (_, n) => publish(n + 2)));
      expect(answers.every((answer) => answer.isErr())).toBe(true);
      expect((await opened.queue.enqueue(deliveryOf("4"), calm))._unsafeUnwrapErr()).toMatchObject({ retryAfterMs: expect.any(Number) });

      const handedOut: string[] = [];
      const consumption = opened.queue.consume(async ({ id }) => {
        handedOut.push(id);
        return done;
      });
      while (handedOut.length < 3) await sleep(20);
      await consumption.stop();
      expect((await opened.queue.depth(calm))._unsafeUnwrap().waiting).toBe(0);
    } finally {
      await control("set_vm_memory_high_watermark", "0.4");
    }
    while ((await publish(2)).isErr()) await sleep(50);
    expect((await opened.queue.enqueue(deliveryOf("4"), calm))._unsafeUnwrap()).toBe("enqueued");
    const log = (await readEventLog(url, opened.namespace)).map(({ id }) => Number(id.split("/")[2]));
    expect([...new Set(log)].toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(log.length).toBeLessThan(5);
  });

  it("what found no room in hand comes back by itself, all of it", async () => {
    await control("set_policy", "soon", "deliveries\\.later$", '{"message-ttl": 500}', "--apply-to", "queues");
    onTestFinished(async () => void (await control("clear_policy", "soon")));
    const opened = await open();
    const sent = Array.from({ length: 400 }, (_, n) => deliveryOf(`${n}`));
    await Promise.all(sent.map(async (delivery) => expect((await opened.queue.enqueue(delivery, calm)).isOk()).toBe(true)));
    const worked = new Set<string>();
    let attempts = 0;
    const consumption = opened.queue.consume(async ({ id }) => {
      if (attempts++ === 0) return { kind: "hold", waitMs: 1_500 };
      worked.add(id);
      return done;
    });
    while (worked.size < 100) await sleep(20);
    while (worked.size < 400) await sleep(20);
    await consumption.stop();
    expect((await opened.queue.depth(calm))._unsafeUnwrap()).toEqual({ waiting: 0, setApart: 0 });
  });
});
