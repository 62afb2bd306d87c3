import type { AsyncResult, BusError, Call, DeliveryIds, EventBus, Logger, WorkQueue } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { type BusTime, systemTime } from "./bus-time.ts";
import { createConfirmedSender } from "./confirmed-sender.ts";
import { connectAmqplib, type TlsFiles } from "./connect-amqplib.ts";
import { createEraser } from "./eraser.ts";
import { declareEventTopology, eventTopologyOf } from "./event-topology.ts";
import { createLink, type Link } from "./link.ts";
import { blockedBy, cancelled } from "./map-amqp-error.ts";
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

/** The bus alone. */
export interface RabbitMqEvents {
  readonly bus: EventBus;
  /** Whether the broker answers and takes messages; connects if nothing is connected. */
  check(call: Call): AsyncResult<void, BusError>;
  /** Whatever is not confirmed is unpublished then. */
  close(): Promise<void>;
}

export interface RabbitMq extends RabbitMqEvents {
  readonly queue: WorkQueue;
  /** Whatever is not confirmed is unpublished then; what is being worked on is told to give up, and comes again. */
  close(): Promise<void>;
}

const CONFIRMS_IN_FLIGHT = 256;
const MOST_CONFIRMS_IN_FLIGHT = 2_000;
const NAMESPACE = "bg";
const PARALLEL_DELIVERIES = 32;
const DEADLINE_MS = 10_000;
/** Deliveries come one by one from senders that wait: this many at once is more than any of them. */
const DELIVERIES_IN_FLIGHT = 256;

/** Nothing is connected yet: that happens with the first call, and again whenever a connection was lost. */
export function createRabbitMqBus(config: RabbitMqConfig, deps: RabbitMqDeps): Result<RabbitMq, RabbitMqRefused> {
  return placeOf(config).map((place) => open(place, config, deps));
}

/** The bus without the queue, for a service whose deliveries wait elsewhere. Nothing is connected yet. */
export function createRabbitMqEvents(config: RabbitMqConfig): Result<RabbitMqEvents, RabbitMqRefused> {
  return placeOf(config).map((place) => openEvents(config, channelsOf(place, config, "publishing")));
}

function placeOf({ url, confirmsInFlight = CONFIRMS_IN_FLIGHT }: RabbitMqConfig): Result<BrokerPlace, RabbitMqRefused> {
  if (Number.isInteger(confirmsInFlight) && confirmsInFlight >= 1 && confirmsInFlight <= MOST_CONFIRMS_IN_FLIGHT)
    return parseRabbitMqUrl(url);
  return err({ kind: "rabbitmq_refused", message: `Confirms in flight are a whole number from 1 to ${MOST_CONFIRMS_IN_FLIGHT}.` });
}

function channelsOf(place: BrokerPlace, { tls = {}, deadlineMs = DEADLINE_MS }: RabbitMqConfig, name: string): Channels {
  const connect = connectAmqplib(place, tls, `bg-ingest ${name}`, deadlineMs);
  return { link: createLink({ connect, time: systemTime, deadlineMs }), time: systemTime, deadlineMs };
}

function openEvents({ namespace = NAMESPACE, confirmsInFlight: inFlight = CONFIRMS_IN_FLIGHT }: RabbitMqConfig, publishing: Channels) {
  const topology = eventTopologyOf(namespace);
  const sender = createConfirmedSender({ ...publishing, inFlight, setUp: (channel) => declareEventTopology(channel, topology) });
  return {
    bus: createRabbitMqEventBus(sender, topology.exchange),
    check: ({ signal }: Call) => checkLink(publishing.link, signal),
    close: () => publishing.link.close(),
  } satisfies RabbitMqEvents;
}

async function checkLink(link: Link, signal: AbortSignal): Promise<Result<void, BusError>> {
  if (signal.aborted) return err(cancelled);
  const live = await link.open();
  if (live.isErr()) return err(live.error);
  const reason = live.value.blocked();
  return reason === null ? ok(undefined) : err(blockedBy(reason));
}

function open(place: BrokerPlace, config: RabbitMqConfig, deps: RabbitMqDeps): RabbitMq {
  const { namespace = NAMESPACE, partitions = PARTITIONS, parallelDeliveries = PARALLEL_DELIVERIES } = config;
  // A broker that is short of memory or disk stops listening to connections that publish: acknowledgements go over one that does not.
  const publishing = channelsOf(place, config, "publishing");
  const consuming = channelsOf(place, config, "consuming");
  const events = openEvents(config, publishing);
  const topology = queueTopologyOf(namespace, partitions);
  const sender = createConfirmedSender({
    ...publishing,
    inFlight: DELIVERIES_IN_FLIGHT,
    setUp: (channel) => declareQueueTopology(channel, topology),
  });
  const closing = new AbortController();
  return {
    ...events,
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
      await Promise.all([events.close(), consuming.link.close()]);
    },
  };
}
