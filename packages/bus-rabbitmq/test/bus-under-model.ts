import { setTimeout as sleep } from "node:timers/promises";
import type { BgEvent } from "@bg-ingest/core";
import { type BusOfModel, createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import { type Channel, connect } from "amqplib";
import { declareEventTopology, type EventTopology, eventTopologyOf } from "../src/event-topology.ts";
import { createRabbitMqBus } from "../src/index.ts";
import { through } from "./broker.ts";
import { calm } from "./samples.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** Short, for whatever is swallowed is waited for so long. */
const DEADLINE_MS = 250;
const TAKEN_WITHIN_MS = 30_000;

interface ModelBus extends BusOfModel {
  /** How often what was published was not confirmed. */
  readonly refused: number;
  close(): Promise<void>;
}

/**
 * RabbitMQ as the model has it. What it took is what its log holds. `away`: connections are refused, or no queue takes what comes; `halfway`: they break
 * while confirms are in flight; `mute`: confirms never arrive.
 */
export async function openModelBus(url: string, namespace: string, chance: () => number) {
  const proxy = await startTcpProxy(url);
  const deliveryIds = createMemoryDeliveryIds({ nowMs: Date.now });
  const rabbit = createRabbitMqBus({ url: through(proxy.port, url), namespace, deadlineMs: DEADLINE_MS }, { deliveryIds })._unsafeUnwrap();
  const beside = await connect(url);
  const channel = await beside.createChannel();
  const topology = eventTopologyOf(namespace);
  await declareEventTopology(channel, topology);
  const taken: BgEvent[] = [];
  const ids = new Set<string>();
  await channel.prefetch(500);
  const hear = (event: BgEvent): void => {
    taken.push(event);
    ids.add(event.id);
  };
  await consumeLog(channel, topology, hear);
  let refused = 0;

  const bus: ModelBus = {
    taken,
    get refused() {
      return refused;
    },
    mode: "there",
    async publish(events, call) {
      const settled = befall(bus, proxy, chance, () => channel.unbindQueue(topology.log, topology.exchange, "#"));
      await settled.before;
      if (bus.mode === "there") while ((await rabbit.check(calm)).isErr()) await sleep(20);
      const publishing = rabbit.bus.publish(events, call);
      settled.meanwhile();
      const answer = await publishing;
      if (answer.isErr()) refused++;
      else await untilTaken(events);
      return answer;
    },
    async close() {
      await rabbit.close();
      await proxy.close();
      await beside.close();
    },
  };

  /** What is confirmed stands in the log, and whoever reads that comes to it. */
  async function untilTaken(events: readonly BgEvent[]): Promise<void> {
    const untilMs = Date.now() + TAKEN_WITHIN_MS;
    for (const { id } of events)
      while (!ids.has(id)) {
        if (Date.now() > untilMs) throw new Error(`${id} was confirmed, and is not in the log.`);
        await sleep(1);
      }
  }

  return bus;
}

function befall({ mode }: BusOfModel, proxy: TcpProxy, chance: () => number, unbind: () => Promise<unknown>) {
  const before = (): Promise<unknown> | undefined => {
    const isRefusing = mode === "away" && chance() < 0.5;
    proxy.refuse(isRefusing);
    proxy.swallow(mode === "mute" ? "answers" : "nothing");
    if (isRefusing) proxy.drop();
    else if (mode === "away") return unbind();
    return undefined;
  };
  return {
    before: Promise.resolve(before()),
    meanwhile: () => {
      if (mode === "halfway") setTimeout(() => proxy.drop(), 3 * chance());
    },
  };
}

async function consumeLog(channel: Channel, { log }: EventTopology, hear: (event: BgEvent) => void): Promise<void> {
  await channel.consume(
    log,
    (message) => {
      if (message === null) return;
      channel.ack(message);
      hear(JSON.parse(message.content.toString()) as BgEvent);
    },
    { arguments: { "x-stream-offset": "first" } },
  );
}
