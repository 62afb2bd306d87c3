import { setTimeout as sleep } from "node:timers/promises";
import type { BgEvent } from "@bg-ingest/core";
import { createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import { expect, onTestFinished } from "vitest";
import { createRabbitMqBus, type RabbitMq, type RabbitMqConfig } from "../src/index.ts";
import { ownNamespace, through } from "./broker.ts";
import { readEventLog } from "./event-log.ts";
import { calm, eventOf } from "./samples.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const PARTITIONS = 2;

export interface Opened extends RabbitMq {
  readonly proxy: TcpProxy;
  readonly namespace: string;
}

/** The bus over a proxy to the broker at `url`, under names of its own, until the test is over. */
export async function openThroughProxy(url: string, config: Partial<RabbitMqConfig> = {}): Promise<Opened> {
  const namespace = ownNamespace(url, PARTITIONS);
  const proxy = await startTcpProxy(url);
  const settings = { url: through(proxy.port, url), namespace, partitions: PARTITIONS, deadlineMs: 2_000, ...config };
  const rabbit = createRabbitMqBus(settings, { deliveryIds: createMemoryDeliveryIds({ nowMs: Date.now }) })._unsafeUnwrap();
  onTestFinished(async () => {
    await rabbit.close();
    await proxy.close();
  });
  return { ...rabbit, proxy, namespace };
}

/** Publishes as the core does, versions of many days at once, each batch again until it is taken, while `trouble` lasts. */
export async function publishDuring({ bus }: Opened, trouble: Promise<unknown>) {
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

export async function expectAllThere(url: string, { namespace }: Opened, confirmed: readonly BgEvent[]) {
  const log = await readEventLog(url, namespace);
  const there = new Set(log.map(({ id }) => id));
  expect(confirmed.filter(({ id }) => !there.has(id))).toEqual([]);
  for (const [subject, events] of Map.groupBy(log, (event) => event.subject)) {
    const firsts = [...new Set(events.map(({ id }) => Number(id.split("/")[2])))];
    expect(firsts, subject).toEqual(firsts.toSorted((a, b) => a - b));
  }
}
