import {
  bugOf,
  type Call,
  type Delivery,
  type DeliveryIds,
  type Logger,
  type QueueError,
  type Verdict,
  type WorkQueue,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { BusTime } from "./bus-time.ts";
import type { ConfirmedSender } from "./confirmed-sender.ts";
import { bytesInHandOf, consumePartitions } from "./consume-partitions.ts";
import { createDeliveryLanes, type DeliveryLanes } from "./delivery-lanes.ts";
import { deliveryMessage, postponedMessage, setApartMessage } from "./delivery-message.ts";
import type { Eraser } from "./eraser.ts";
import { cancelled } from "./map-amqp-error.ts";
import { type Channels, openChannel } from "./open-channel.ts";
import { declareQueueTopology, partitionOf, type QueueTopology } from "./queue-topology.ts";
import { createRecentVerdicts } from "./recent-verdicts.ts";

export interface WorkQueueDeps {
  /** Of a connection that never publishes: a broker short of memory still hears its verdicts. */
  readonly channels: Channels;
  readonly sender: ConfirmedSender;
  readonly eraser: Eraser;
  readonly topology: QueueTopology;
  readonly ids: DeliveryIds;
  /** The clock by which deliveries are held. */
  readonly time: BusTime;
  /** So many deliveries are worked on at once, each of another source. */
  readonly parallel: number;
  /** Aborted when whatever is being worked on is to give up. */
  readonly signal: AbortSignal;
  readonly logger: Logger | undefined;
}

type Enqueued = Result<"enqueued" | "known", QueueError>;

/** A source that is held leaves room for nine others. */
const SHARES_IN_HAND = 10;

const calm: Call = { signal: new AbortController().signal };

export function createRabbitMqWorkQueue(deps: WorkQueueDeps): WorkQueue {
  const { channels, sender, topology, ids, logger } = deps;
  const consumers = new Set<DeliveryLanes>();
  const recent = createRecentVerdicts();
  const enqueuing = new Map<string, Promise<Enqueued>>();

  const postponed = (delivery: Delivery) => postponedMessage(topology.later, partitionOf(topology, delivery.sourceId), delivery);

  async function enqueueFirst(delivery: Delivery, call: Call): Promise<Enqueued> {
    const { sourceId, id } = delivery;
    const known = await ids.isKnown(sourceId, id, call);
    if (known.isErr()) return err(known.error);
    if (known.value) return ok("known");
    const sent = await sender.send(() => deliveryMessage(partitionOf(topology, sourceId), delivery), call);
    if (sent.isErr()) return err(sent.error);
    const noted = await ids.note(sourceId, id, calm);
    if (noted.isErr()) logger?.warn({ source: sourceId, reason: noted.error.message }, NOT_NOTED);
    return ok("enqueued");
  }

  async function enqueue(delivery: Delivery, call: Call): Promise<Enqueued> {
    if (call.signal.aborted) return err(cancelled);
    const name = `${delivery.sourceId}/${delivery.id}`;
    const first = enqueuing.get(name);
    if (first !== undefined) return (await first).map(() => "known" as const);
    const turn = enqueueFirst(delivery, call);
    enqueuing.set(name, turn);
    const answer = await turn;
    enqueuing.delete(name);
    return answer;
  }

  function consume(work: (delivery: Delivery, call: Call) => PromiseLike<Verdict>, parallel: number) {
    const lanes = createDeliveryLanes({
      work,
      parallel,
      recent,
      mostBytesInLane: bytesInHandOf(topology) / SHARES_IN_HAND,
      time: deps.time,
      signal: deps.signal,
      setApart: async (delivery, verdict) => (await sender.send(() => setApartMessage(topology.setApart, delivery, verdict), calm)).isOk(),
      postpone: async (delivery) => (await sender.send(() => postponed(delivery), calm)).isOk(),
      onBug: ({ provider, sourceId: source }, cause) => logger?.error({ provider, source, ...bugOf(cause) }, THREW),
    });
    consumers.add(lanes);
    const consuming = consumePartitions({ ...deps, lanes });
    let stopped: Promise<void> | null = null;
    const stop = async (): Promise<void> => {
      await lanes.stop();
      await consuming.end();
      consumers.delete(lanes);
    };
    return {
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  }

  return {
    enqueue,
    consume: (work) => consume(work, deps.parallel),
    async depth(call) {
      if (call.signal.aborted) return err(cancelled);
      let standing = { waiting: 0, setApart: 0 };
      const opened = await openChannel(
        channels,
        (amqp) => amqp.createChannel(),
        async (channel) => {
          standing = await declareQueueTopology(channel, topology);
        },
      );
      if (opened.isErr()) return err(opened.error);
      await opened.value.close();
      const inHand = [...consumers].reduce((sum, lanes) => sum + lanes.size(), 0);
      return ok({ ...standing, waiting: standing.waiting + inHand });
    },
    async eraseSource(sourceId, call) {
      if (call.signal.aborted) return err(cancelled);
      const forgotten = await ids.eraseSource(sourceId, call);
      if (forgotten.isErr()) return err(forgotten.error);
      // Where nobody consumes, somebody has to come by the mark: one who hands out nothing.
      const visitor = consumers.size === 0 ? consume(handsOutNothing, 0) : null;
      const erased = await deps.eraser.eraseSource(sourceId, call);
      await visitor?.stop();
      return erased;
    },
  };
}

const handsOutNothing = async (): Promise<Verdict> => ({ kind: "hold", waitMs: 0 });

const NOT_NOTED =
  "A delivery is in the queue, but the store did not note its id. Should it be sent again within the week, it is worked on again; nothing is stored twice by that.";
const THREW = "Working on a delivery threw: a bug. It is tried again in a minute.";
