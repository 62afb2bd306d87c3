import { setTimeout as sleep } from "node:timers/promises";
import type { BgEvent } from "@bg-ingest/core";
import { connect } from "amqplib";
import { afterAll, describe, expect, it } from "vitest";
import type { RabbitMqConfig } from "../src/index.ts";
import { asIfThere, findBroker } from "./broker.ts";
import { readEventLog } from "./event-log.ts";
import { expectAllThere, openThroughProxy, publishDuring } from "./publishing.ts";
import { calm, deliveryOf, eventOf } from "./samples.ts";
import type { TcpProxy } from "./tcp-proxy.ts";
import { withholdConfirms } from "./withhold-confirms.ts";

/** Whoever publishes first opens the first one. */
const DELIVERIES_CHANNEL = 2;

const broker = await findBroker();
afterAll(() => broker?.end());

describe.skipIf(broker === null)("between us and a broker", { timeout: 300_000 }, () => {
  const { url } = asIfThere(broker);
  const open = (config: Partial<RabbitMqConfig> = {}) => openThroughProxy(url, config);

  async function flaps(proxy: TcpProxy, times: number, everyMs: () => number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await sleep(everyMs());
      proxy.drop();
    }
  }

  it("no event that was answered is lost while all connections break every second", async () => {
    const opened = await open();
    const { confirmed, refused } = await publishDuring(
      opened,
      flaps(opened.proxy, 10, () => 1_000),
    );
    expect(refused).toBeGreaterThan(0);
    expect(opened.proxy.passed).toBeGreaterThan(10);
    await expectAllThere(url, opened, confirmed);
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
    await expectAllThere(url, opened, confirmed);
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

  it("a queue that confirms too late has its own message told again, and ends nobody's connection", async () => {
    const opened = await open({ deadlineMs: 1_000 });
    const publish = (version: number) => opened.bus.publish([eventOf("source0001", version)], calm);
    expect((await publish(1)).isOk()).toBe(true);
    expect((await opened.queue.enqueue(deliveryOf("1"), calm)).isOk()).toBe(true);
    const letThrough = withholdConfirms(opened.proxy, DELIVERIES_CHANNEL);
    const slow = opened.queue.enqueue(deliveryOf("2"), calm);
    let isOver = false;
    void slow.then(() => {
      isOver = true;
    });
    let version = 1;
    while (!isOver) expect((await publish(++version)).isOk()).toBe(true);
    expect((await slow)._unsafeUnwrapErr()).toMatchObject({ kind: "retry", retryAfterMs: expect.any(Number) });
    letThrough();
    expect((await publish(++version)).isOk()).toBe(true);
    expect((await opened.queue.enqueue(deliveryOf("2"), calm))._unsafeUnwrap()).toBe("enqueued");
    expect(opened.proxy.passed).toBe(1);
    const handedOut: string[] = [];
    const consumption = opened.queue.consume(async ({ id }) => {
      handedOut.push(id);
      return { kind: "done" };
    });
    await expect.poll(async () => (await opened.queue.depth(calm))._unsafeUnwrap().waiting, { timeout: 60_000 }).toBe(0);
    await consumption.stop();
    expect([...new Set(handedOut)]).toEqual(["1", "2"]);
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
});
