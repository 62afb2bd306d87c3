import { expect, it } from "vitest";
import type { AmqpChannel, QueueOptions } from "./amqp.ts";
import { declareEventTopology, eventTopologyOf } from "./event-topology.ts";
import { declareQueueTopology, queueTopologyOf } from "./queue-topology.ts";

/** What is declared, as a broker hears of it: brokers of 3.10 and of 4.x differ in what they make of what is left unsaid. */
async function declared() {
  const queues = new Map<string, QueueOptions>();
  const exchanges = new Map<string, { readonly durable?: boolean }>();
  const channel = {
    assertQueue: async (queue: string, options: QueueOptions) => {
      queues.set(queue, options);
      return { queue, messageCount: 0, consumerCount: 0 };
    },
    assertExchange: async (exchange: string, _type: string, options: object) => void exchanges.set(exchange, options),
    bindQueue: async () => undefined,
  } as unknown as AmqpChannel;
  await declareEventTopology(channel, eventTopologyOf("bg"));
  await declareQueueTopology(channel, queueTopologyOf("bg", 2));
  return { queues, exchanges };
}

const argumentsOf = ({ arguments: given = {} }: QueueOptions) => given as Readonly<Record<string, unknown>>;

it("every queue and exchange is durable, and every queue says its type: 4.x takes no transient ones, and no default of a virtual host makes another of them", async () => {
  const { queues, exchanges } = await declared();
  expect([...queues.keys()]).toHaveLength(5);
  for (const options of [...queues.values(), ...exchanges.values()]) expect(options).toMatchObject({ durable: true });
  for (const [name, options] of queues) {
    expect(options, name).not.toHaveProperty("exclusive", true);
    expect(options, name).not.toHaveProperty("autoDelete", true);
    expect(argumentsOf(options)["x-queue-type"], name).toMatch(/^(quorum|stream)$/);
  }
});

it("every quorum queue says how often a message may come: unsaid, 4.x drops it after 20 times", async () => {
  for (const [name, options] of (await declared()).queues) {
    const { "x-queue-type": type, "x-delivery-limit": limit } = argumentsOf(options);
    if (type === "quorum") expect(limit, name).toBe(1_000_000_000);
  }
});

it("what dead-letters does so at least once, and refuses what it has no room for", async () => {
  for (const [name, options] of (await declared()).queues) {
    const given = argumentsOf(options);
    if (!("x-dead-letter-exchange" in given)) continue;
    expect(given, name).toMatchObject({ "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish" });
  }
});

it("nothing is asked for that one of the two does not know: no mirrors, no modes and versions of classic queues", async () => {
  const known = [
    "x-queue-type",
    "x-max-age",
    "x-stream-max-segment-size-bytes",
    "x-single-active-consumer",
    "x-delivery-limit",
    "x-dead-letter-exchange",
    "x-dead-letter-routing-key",
    "x-dead-letter-strategy",
    "x-overflow",
    "x-message-ttl",
  ];
  for (const options of (await declared()).queues.values())
    for (const name of Object.keys(argumentsOf(options))) expect(known).toContain(name);
});
