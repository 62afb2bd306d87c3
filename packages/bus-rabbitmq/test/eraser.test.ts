import { setTimeout as sleep } from "node:timers/promises";
import { createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { systemTime } from "../src/bus-time.ts";
import { type ConfirmedSender, createConfirmedSender } from "../src/confirmed-sender.ts";
import { connectAmqplib } from "../src/connect-amqplib.ts";
import { createEraser } from "../src/eraser.ts";
import { createRabbitMqBus } from "../src/index.ts";
import { createLink } from "../src/link.ts";
import type { Channels } from "../src/open-channel.ts";
import { declareQueueTopology, queueTopologyOf } from "../src/queue-topology.ts";
import { parseRabbitMqUrl } from "../src/rabbitmq-url.ts";
import { asIfThere, findBroker, ownNamespace, through } from "./broker.ts";
import { readSetApart } from "./letters-set-apart.ts";
import { calm, deliveryOf, sourceOf } from "./samples.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const PARTITIONS = 2;
const DEADLINE_MS = 10_000;
const [KEPT, ERASED] = [1, 2];

function channelsTo(url: string): Channels {
  const connect = connectAmqplib(parseRabbitMqUrl(url)._unsafeUnwrap(), {}, "test", DEADLINE_MS);
  const channels = { link: createLink({ connect, time: systemTime, deadlineMs: DEADLINE_MS }), time: systemTime, deadlineMs: DEADLINE_MS };
  onTestFinished(() => channels.link.close());
  return channels;
}

describe.skipIf(broker === null)("erasing over a connection that breaks", () => {
  const { url } = asIfThere(broker);

  it("answers that it is to be tried again, and then goes through; no letter of anybody else is lost", async () => {
    const namespace = ownNamespace(url, PARTITIONS);
    const proxy = await startTcpProxy(url);
    onTestFinished(() => proxy.close());
    const deliveryIds = createMemoryDeliveryIds({ nowMs: Date.now });
    const { queue, close } = createRabbitMqBus({ url, namespace, partitions: PARTITIONS }, { deliveryIds })._unsafeUnwrap();
    onTestFinished(close);
    const consumption = queue.consume(async () => ({ kind: "set_apart", reason: "odd", body: "kept" }));
    // What is first is looked at first, and put behind the others.
    for (const source of [KEPT, ERASED]) {
      expect((await queue.enqueue(deliveryOf("1", source), calm))._unsafeUnwrap()).toBe("enqueued");
      await expect.poll(async () => (await queue.depth(calm))._unsafeUnwrap().setApart).toBe(source);
    }

    const topology = queueTopologyOf(namespace, PARTITIONS);
    const channels = channelsTo(through(proxy.port, url));
    const setUp = (channel: Parameters<typeof declareQueueTopology>[0]) => declareQueueTopology(channel, topology);
    const sender = createConfirmedSender({ ...channelsTo(url), inFlight: 1, setUp });
    let breaks = 0;
    const breakingSender: ConfirmedSender = {
      async send(message, call) {
        const sent = await sender.send(message, call);
        if (breaks++ > 0) return sent;
        const { promise: lost, resolve } = Promise.withResolvers<void>();
        (await channels.link.open())._unsafeUnwrap().onLost(resolve);
        proxy.drop();
        await lost;
        return sent;
      },
    };
    const eraser = createEraser({ channels, topology, sender: breakingSender });
    expect((await eraser.eraseSource(sourceOf(ERASED), calm))._unsafeUnwrapErr()).toMatchObject({ kind: "retry" });
    while ((await eraser.eraseSource(sourceOf(ERASED), calm)).isErr()) await sleep(50);

    await consumption.stop();
    const left = (await readSetApart(url, namespace)).map(({ sourceId }) => sourceId);
    expect(new Set(left)).toEqual(new Set([sourceOf(KEPT)]));
  });
});
