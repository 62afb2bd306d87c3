import { setTimeout as sleep } from "node:timers/promises";
import { busContract, createManualTime, createMemoryDeliveryIds, workQueueContract } from "@bg-ingest/core/testing";
import { afterAll, describe, it } from "vitest";
import { createRabbitMqBus, type RabbitMq } from "../src/index.ts";
import { asIfThere, findBroker, ownNamespace, through } from "./broker.ts";
import { readEventLog } from "./event-log.ts";
import { readSetApart } from "./letters-set-apart.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const broker = await findBroker();
afterAll(() => broker?.end());

const PARTITIONS = 3;
const PATIENCE_MS = 30_000;

describe.skipIf(broker === null)("RabbitMQ keeps the promises of an event bus", () => {
  const make = async () => {
    const { url } = asIfThere(broker);
    const namespace = ownNamespace(url, 0);
    const proxy = await startTcpProxy(url);
    const { bus, close } = open(through(proxy.port, url), namespace);
    return {
      port: bus,
      heard: () => readEventLog(url, namespace),
      hinder: async () => {
        proxy.refuse(true);
        proxy.drop();
      },
      mend: async () => proxy.refuse(false),
      patience: () => sleep(PATIENCE_MS, undefined, { ref: false }),
      close: async () => {
        await close();
        await proxy.close();
      },
    };
  };
  for (const { id, run } of busContract(make)) it(id, run);
});

describe.skipIf(broker === null)("RabbitMQ keeps the promises of a work queue", () => {
  const make = async () => {
    const { url } = asIfThere(broker);
    const namespace = ownNamespace(url, PARTITIONS);
    const time = createManualTime();
    const notedAtMs = new Map<string, number>();
    const begun: (() => Promise<void>)[] = [];
    const begin = async () => {
      const proxy = await startTcpProxy(url);
      const { queue, close } = open(through(proxy.port, url), namespace, time, notedAtMs);
      begun.push(async () => {
        proxy.refuse(true);
        proxy.drop();
        await Promise.all([close(), proxy.close()]);
      });
      return queue;
    };
    return {
      setApart: () => readSetApart(url, namespace),
      port: await begin(),
      restarted: async () => {
        await begun.pop()?.();
        return begin();
      },
      nowMs: time.nowMs,
      passTime: async (ms: number) => {
        time.pass(ms);
        await sleep(1);
      },
      patience: () => sleep(PATIENCE_MS, undefined, { ref: false }),
      close: async () => {
        for (const end of begun) await end();
      },
    };
  };
  for (const { id, run } of workQueueContract(make)) it(id, run);
});

function open(url: string, namespace: string, time = createManualTime(), notedAtMs = new Map<string, number>()): RabbitMq {
  const deliveryIds = createMemoryDeliveryIds(time, notedAtMs);
  return createRabbitMqBus({ url, namespace, partitions: PARTITIONS }, { deliveryIds, time })._unsafeUnwrap();
}
