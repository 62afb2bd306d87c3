import { randomUUID } from "node:crypto";
import type { BusError, Call, SourceId } from "@bg-ingest/core";
import { err, ok, Result, ResultAsync } from "neverthrow";
import type { AmqpChannel, AmqpMessage, QueueOptions, QueueState } from "./amqp.ts";
import type { ConfirmedSender, Outgoing } from "./confirmed-sender.ts";
import { eraseMessage, parseErased, parseMessage } from "./delivery-message.ts";
import { cancelled, mapAmqpError } from "./map-amqp-error.ts";
import { type Channels, openChannel } from "./open-channel.ts";
import { declareLater, declareSetApart, partitionOf, type QueueTopology } from "./queue-topology.ts";
import { within } from "./within.ts";

/**
 * Nothing can be deleted out of the middle of a queue. So what was set apart or waits for later is gone through, and into the source's
 * partition goes a mark: whoever consumes that deletes what stands before it of the source, and says so.
 */
export interface Eraser {
  /** Takes turns; resolves once everything is deleted. `await` it only while somebody consumes the partition. */
  eraseSource(sourceId: SourceId, call: Call): Promise<Result<void, BusError>>;
}

export interface EraserDeps {
  readonly channels: Channels;
  readonly sender: ConfirmedSender;
  readonly topology: QueueTopology;
}

/** Exclusive: a lock among replicas that ends with its channel, by way of its only consumer. */
const LOCK: QueueOptions = { durable: false, exclusive: true, autoDelete: true };

export function createEraser({ channels, sender, topology }: EraserDeps): Eraser {
  let last: Promise<unknown> = Promise.resolve();

  async function erase(sourceId: SourceId, call: Call): Promise<Result<void, BusError>> {
    if (call.signal.aborted) return err(cancelled);
    const awaited = new Map<string, () => void>();
    const hear = (message: AmqpMessage | null): void => {
      if (message !== null) awaited.get(parseErased(message) ?? "")?.();
    };
    const mark = (): ResultAsync<void, BusError> => {
      const token = randomUUID();
      const { promise: heard, resolve } = Promise.withResolvers<void>();
      awaited.set(token, resolve);
      const message = () => eraseMessage(partitionOf(topology, sourceId), sourceId, topology.eraser, token);
      return new ResultAsync(sender.send(message, call)).andThen(() => soon(heard));
    };
    const opened = await openChannel(
      channels,
      (amqp) => amqp.createChannel(),
      async (channel) => {
        await channel.assertQueue(topology.eraser, LOCK);
        await channel.consume(topology.eraser, hear, { noAck: true });
      },
    );
    if (opened.isErr()) return err(opened.error);
    const { channel, close } = opened.value;
    const sift = (declare: typeof declareSetApart) =>
      soon(declare(channel, topology)).andThen((queue) => new ResultAsync(siftAll(channel, queue, sourceId, call)));
    // What waits for later may come back to the partition while it is gone through.
    const erased = await sift(declareSetApart)
      .andThen(mark)
      .andThen(() => sift(declareLater))
      .andThen(mark);
    await close();
    return erased;
  }

  /** Each message goes behind the others again, unless it is the source's: one at a time is in hand, however many there are. */
  async function siftAll(channel: AmqpChannel, { queue, messageCount }: QueueState, sourceId: SourceId, call: Call) {
    for (let sifted = 0; sifted < messageCount; sifted++) {
      const gone = await soon(channel.get(queue, { noAck: false })).andThen((message) => sift(channel, message, sourceId, call));
      if (gone.isErr()) return err(gone.error);
    }
    return ok(undefined);
  }

  function sift(channel: AmqpChannel, message: AmqpMessage | false, sourceId: SourceId, call: Call): ResultAsync<void, BusError> {
    const parsed = message === false ? null : parseMessage(message);
    const isGone = message === false || (parsed?.kind === "delivery" && parsed.delivery.sourceId === sourceId);
    const kept = isGone ? ok<void, BusError>(undefined) : sender.send(() => copyOf(message), call);
    return new ResultAsync(Promise.resolve(kept)).andThen(() => (message === false ? ok() : acknowledge(channel, message)));
  }

  /** amqplib throws where the channel is gone: the message comes again then, beside its copy. */
  const acknowledge = Result.fromThrowable((channel: AmqpChannel, message: AmqpMessage) => channel.ack(message), mapAmqpError);

  const soon = <T>(answer: Promise<T>): ResultAsync<T, BusError> =>
    ResultAsync.fromPromise(within(channels.time, channels.deadlineMs, answer), mapAmqpError);

  return {
    eraseSource(sourceId, call) {
      const turn = last.then(() => erase(sourceId, call));
      // Whatever becomes of one, the next has its turn.
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

function copyOf({ content, fields: { exchange, routingKey }, properties: { type, headers } }: AmqpMessage): Outgoing {
  return { exchange, routingKey, content, properties: { type, headers } };
}
