import { type SourceId, spreadOf } from "@bg-ingest/core";
import type { AmqpChannel, QueueOptions, QueueState } from "./amqp.ts";

export interface QueueTopology {
  /** One quorum queue each; a source's deliveries all go to the same one. */
  readonly partitions: readonly string[];
  /** What is unreadable for good, with the reason. */
  readonly setApart: string;
  /** Exchange and queue in which deliveries wait that find no room in hand; they come back to their partition by themselves. */
  readonly later: string;
  /** Whoever erases holds it, and hears there that a partition has been gone through. */
  readonly eraser: string;
}

/** Never changed while something waits: a source's deliveries would stand in two queues. */
export const PARTITIONS = 16;

export function queueTopologyOf(namespace: string, partitions: number): QueueTopology {
  return {
    partitions: Array.from({ length: partitions }, (_, n) => `${namespace}.deliveries.${n}`),
    setApart: `${namespace}.deliveries.set-apart`,
    later: `${namespace}.deliveries.later`,
    eraser: `${namespace}.deliveries.eraser`,
  };
}

export function partitionOf({ partitions }: QueueTopology, sourceId: SourceId): string {
  return partitions[spreadOf(sourceId) % partitions.length] as string;
}

const SET_APART_OPTIONS: QueueOptions = { durable: true, arguments: { "x-queue-type": "quorum", "x-delivery-limit": 1_000_000_000 } };

/**
 * One consumer at a time, so that a source's order holds whoever consumes. No number of deliveries is too many: what is given back because
 * the store is away, or its consumer died, is not unreadable (RabbitMQ 4 would drop it after 20, and with a limit 3.10 gives back in order).
 * What cannot even be parsed is rejected, and reaches `setApart` at least once.
 */
function partitionOptions({ setApart }: QueueTopology): QueueOptions {
  return {
    durable: true,
    arguments: {
      "x-queue-type": "quorum",
      "x-single-active-consumer": true,
      "x-delivery-limit": 1_000_000_000,
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": setApart,
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
    },
  };
}

const LATER_MS = 600_000;

/** Without a routing key of its own it gives each message back to the partition by whose name it was sent. */
const LATER_OPTIONS: QueueOptions = {
  durable: true,
  arguments: {
    "x-queue-type": "quorum",
    "x-message-ttl": LATER_MS,
    "x-delivery-limit": 1_000_000_000,
    "x-dead-letter-exchange": "",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
  },
};

/** Answers how many messages stand in each, those that a consumer has in hand left out. */
export async function declareQueueTopology(
  channel: AmqpChannel,
  topology: QueueTopology,
): Promise<{ readonly waiting: number; readonly setApart: number }> {
  const setApart = await declareSetApart(channel, topology);
  let waiting = (await declareLater(channel, topology)).messageCount;
  for (const name of topology.partitions) waiting += (await declarePartition(channel, topology, name)).messageCount;
  return { waiting, setApart: setApart.messageCount };
}

export function declareSetApart(channel: AmqpChannel, { setApart }: QueueTopology): Promise<QueueState> {
  return channel.assertQueue(setApart, SET_APART_OPTIONS);
}

export async function declareLater(channel: AmqpChannel, { later }: QueueTopology): Promise<QueueState> {
  await channel.assertExchange(later, "fanout", { durable: true });
  const state = await channel.assertQueue(later, LATER_OPTIONS);
  await channel.bindQueue(later, later, "");
  return state;
}

export function declarePartition(channel: AmqpChannel, topology: QueueTopology, name: string): Promise<QueueState> {
  return channel.assertQueue(name, partitionOptions(topology));
}
