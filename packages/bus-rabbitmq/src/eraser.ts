import { randomUUID } from "node:crypto";
import type { BusError, Call, SourceId } from "@bg-ingest/core";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import type { AmqpChannel, AmqpMessage, QueueOptions } from "./amqp.ts";
import type { ConfirmedSender } from "./confirmed-sender.ts";
import { eraseMessage, parseErased, parseMessage } from "./delivery-message.ts";
import { cancelled, mapAmqpError } from "./map-amqp-error.ts";
import { type Channels, openChannel } from "./open-channel.ts";
import { declareSetApart, partitionOf, type QueueTopology } from "./queue-topology.ts";
import { within } from "./within.ts";

/**
 * Nothing can be deleted out of the middle of a queue. So what was set apart is gone through, and into the source's partition goes a mark:
 * whoever consumes that deletes what stands before it of the source, and says so.
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
    const token = randomUUID();
    const heard = Promise.withResolvers<void>();
    const hear = (message: AmqpMessage | null): void => {
      if (message !== null && parseErased(message) === token) heard.resolve();
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
    const mark = () => eraseMessage(partitionOf(topology, sourceId), sourceId, topology.eraser, token);
    const erased = await eraseLetters(opened.value.channel, sourceId, call)
      .andThen(() => new ResultAsync(sender.send(mark, call)))
      .andThen(() => soon(heard.promise));
    await opened.value.close();
    return erased;
  }

  /** Each letter goes behind the others again, unless it is the source's: one at a time is in hand, however many there are. */
  function eraseLetters(channel: AmqpChannel, sourceId: SourceId, call: Call): ResultAsync<void, BusError> {
    const visit = (letter: AmqpMessage | false): ResultAsync<void, BusError> => {
      if (letter === false) return new ResultAsync(Promise.resolve(ok(undefined)));
      const parsed = parseMessage(letter);
      const kept =
        parsed?.kind === "delivery" && parsed.delivery.sourceId === sourceId
          ? ok<void, BusError>(undefined)
          : sender.send(() => copyOf(letter), call);
      return new ResultAsync(Promise.resolve(kept)).map(() => channel.ack(letter));
    };
    const visitAll = async (count: number): Promise<Result<void, BusError>> => {
      for (let visited = 0; visited < count; visited++) {
        const gone = await soon(channel.get(topology.setApart, { noAck: false })).andThen(visit);
        if (gone.isErr()) return err(gone.error);
      }
      return ok(undefined);
    };
    return soon(declareSetApart(channel, topology)).andThen(({ messageCount }) => new ResultAsync(visitAll(messageCount)));
  }

  const copyOf = ({ content, properties: { type, headers } }: AmqpMessage) => ({
    exchange: "",
    routingKey: topology.setApart,
    content,
    properties: { type, headers },
  });

  const soon = <T>(answer: Promise<T>): ResultAsync<T, BusError> =>
    ResultAsync.fromPromise(within(channels.time, channels.deadlineMs, answer), mapAmqpError);

  return {
    eraseSource(sourceId, call) {
      const turn = last.then(() => erase(sourceId, call));
      last = turn;
      return turn;
    },
  };
}
