import type { DeliveryIds, EventBus, Logger, WorkQueue } from "@bg-ingest/core";
import { err, type Result } from "neverthrow";
import { type BusTime, systemTime } from "./bus-time.ts";
import { createConfirmedSender } from "./confirmed-sender.ts";
import { connectAmqplib, type TlsFiles } from "./connect-amqplib.ts";
import { createEraser } from "./eraser.ts";
import { declareEventTopology, eventTopologyOf } from "./event-topology.ts";
import { createLink, type Link } from "./link.ts";
import type { Channels } from "./open-channel.ts";
import { declareQueueTopology, PARTITIONS, queueTopologyOf } from "./queue-topology.ts";
import { createRabbitMqEventBus } from "./rabbitmq-event-bus.ts";
import { type BrokerPlace, parseRabbitMqUrl, type RabbitMqRefused } from "./rabbitmq-url.ts";
import { createRabbitMqWorkQueue } from "./rabbitmq-work-queue.ts";

export interface RabbitMqConfig {
  /** `amqp://user:password@host:5672/virtual-host`, or `amqps://` for TLS. */
  readonly url: string;
  readonly tls?: TlsFiles;
  /** Of events, on their way at once; 256 unless said otherwise, 2,000 at most. */
  readonly confirmsInFlight?: number;
  /** Deliveries worked on at once, each of another source; 32 unless said otherwise. */
  readonly parallelDeliveries?: number;
  /** No call to the broker is waited for longer; 10,000 unless said otherwise. */
  readonly deadlineMs?: number;
  /** What all names at the broker begin with: `bg` unless said otherwise. */
  readonly namespace?: string;
  /** Queues that share the deliveries: 16 unless said otherwise. The same for all replicas, and never changed while something waits. */
  readonly partitions?: number;
}

export interface RabbitMqDeps {
  /** Where the queue keeps which deliveries it took: RabbitMQ forgets them once they are done. */
  readonly deliveryIds: DeliveryIds;
  readonly logger?: Logger;
  /** The clock by which deliveries are held, where not the machine's. */
  readonly time?: BusTime;
}

export interface RabbitMq {
  readonly bus: EventBus;
  readonly queue: WorkQueue;
  /** Whatever is not confirmed is unpublished then; what is being worked on is told to give up, and comes again. */
  close(): Promise<void>;
}

const CONFIRMS_IN_FLIGHT = 256;
const MOST_CONFIRMS_IN_FLIGHT = 2_000;
const PARALLEL_DELIVERIES = 32;
const DEADLINE_MS = 10_000;
/** Deliveries come one by one from senders that wait: this many at once is more than any of them. */
const DELIVERIES_IN_FLIGHT = 256;

/** Nothing is connected yet: that happens with the first call, and again whenever a connection was lost. */
export function createRabbitMqBus(config: RabbitMqConfig, deps: RabbitMqDeps): Result<RabbitMq, RabbitMqRefused> {
  const inFlight = config.confirmsInFlight ?? CONFIRMS_IN_FLIGHT;
  if (!(Number.isInteger(inFlight) && inFlight >= 1 && inFlight <= MOST_CONFIRMS_IN_FLIGHT))
    return err({ kind: "rabbitmq_refused", message: `Confirms in flight are a whole number from 1 to ${MOST_CONFIRMS_IN_FLIGHT}.` });
  return parseRabbitMqUrl(config.url).map((place) => open(place, config, inFlight, deps));
}

function open(place: BrokerPlace, config: RabbitMqConfig, inFlight: number, deps: RabbitMqDeps): RabbitMq {
  const {
    tls = {},
    deadlineMs = DEADLINE_MS,
    namespace = "bg",
    partitions = PARTITIONS,
    parallelDeliveries = PARALLEL_DELIVERIES,
  } = config;
  const linkOf = (name: string): Link =>
    createLink({ connect: connectAmqplib(place, tls, `bg-ingest ${name}`, deadlineMs), time: systemTime, deadlineMs });
  // A broker that is short of memory or disk stops listening to connections that publish: acknowledgements go over one that does not.
  const links = { publishing: linkOf("publishing"), consuming: linkOf("consuming") };
  const channelsOf = (link: Link): Channels => ({ link, time: systemTime, deadlineMs });
  const publishing = channelsOf(links.publishing);
  const consuming = channelsOf(links.consuming);
  const events = eventTopologyOf(namespace);
  const topology = queueTopologyOf(namespace, partitions);
  const eventSender = createConfirmedSender({ ...publishing, inFlight, setUp: (channel) => declareEventTopology(channel, events) });
  const sender = createConfirmedSender({
    ...publishing,
    inFlight: DELIVERIES_IN_FLIGHT,
    setUp: (channel) => declareQueueTopology(channel, topology),
  });
  const closing = new AbortController();
  return {
    bus: createRabbitMqEventBus(eventSender, events.exchange),
    queue: createRabbitMqWorkQueue({
      channels: consuming,
      sender,
      eraser: createEraser({ channels: consuming, sender, topology }),
      topology,
      ids: deps.deliveryIds,
      time: deps.time ?? systemTime,
      parallel: parallelDeliveries,
      signal: closing.signal,
      logger: deps.logger,
    }),
    async close() {
      closing.abort();
      await Promise.all([links.publishing.close(), links.consuming.close()]);
    },
  };
}
