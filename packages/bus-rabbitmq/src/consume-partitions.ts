import type { Call, Logger } from "@bg-ingest/core";
import type { AmqpMessage } from "./amqp.ts";
import type { BusTime } from "./bus-time.ts";
import type { ConfirmedSender } from "./confirmed-sender.ts";
import type { DeliveryLanes } from "./delivery-lanes.ts";
import { erasedMessage, parseMessage } from "./delivery-message.ts";
import type { Channels } from "./open-channel.ts";
import { declarePartition, declareSetApart, type QueueTopology } from "./queue-topology.ts";
import { type Stretch, type Subscription, subscribe } from "./subscription.ts";

export interface ConsumePartitionsDeps {
  readonly channels: Channels;
  readonly sender: ConfirmedSender;
  readonly topology: QueueTopology;
  readonly lanes: DeliveryLanes;
  readonly time: BusTime;
  readonly logger: Logger | undefined;
}

/** Of all partitions together, one delivery of each beyond it: as much as a service has coming in (`WEBHOOK_BODY_LIMIT_BYTES`). */
const MOST_BYTES_IN_HAND = 64 * 1024 * 1024;

/** Each partition has its share, whatever the others need. */
export function bytesInHandOf({ partitions }: QueueTopology): number {
  return Math.floor(MOST_BYTES_IN_HAND / partitions.length);
}

const calm: Call = { signal: new AbortController().signal };

/** Brings what stands in all partitions into the lanes, and deletes what is to be erased. */
export function consumePartitions({ channels, sender, topology, lanes, time, logger }: ConsumePartitionsDeps): Subscription {
  const receive = (message: AmqpMessage, stretch: Stretch): void => {
    const parsed = parseMessage(message);
    // What is kept holds no second copy of the body.
    const receipt = { fields: message.fields };
    switch (parsed?.kind) {
      case undefined:
        logger?.error({ reason: "delivery_unreadable" }, NOT_OURS);
        stretch.reject(message);
        return;
      case "delivery":
        lanes.arrive({ delivery: parsed.delivery, from: stretch, settle: () => stretch.ack(receipt) });
        return;
      case "erase":
        lanes.drop(parsed.sourceId);
        stretch.ack(message);
        // Whoever asked asks again if this is not heard.
        void sender.send(() => erasedMessage(parsed.replyTo, parsed.token), calm);
    }
  };
  /** Which partitions cannot be consumed at the moment, and why: what befalls all of them for one reason is told once. */
  const troubles = new Map<string, string>();
  const tell = (queue: string, reason: string): void => {
    const isTold = [...troubles.values()].includes(reason);
    troubles.set(queue, reason);
    if (!isTold) logger?.warn({ reason }, AWAY);
  };
  const subscriptions = topology.partitions.map((queue) =>
    subscribe({
      channels,
      queue,
      mostBytes: bytesInHandOf(topology),
      declare: async (channel) => {
        await declareSetApart(channel, topology);
        return declarePartition(channel, topology, queue);
      },
      time,
      onMessage: receive,
      onLost: lanes.lose,
      onTrouble: ({ message: reason }) => tell(queue, reason),
      onConsuming: () => void troubles.delete(queue),
    }),
  );
  return { end: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.end()))) };
}

const NOT_OURS =
  "In a queue of deliveries stood a message that is none of this program. It was put to the letters set apart; look who publishes there.";
const AWAY = "Deliveries cannot be fetched from RabbitMQ now. Those that were accepted are kept there; it goes on once the broker is back.";
