import { EventEmitter } from "node:events";
import type { AmqpConfirmChannel, AmqpConnection, AmqpMessage } from "../src/amqp.ts";

export interface Sent {
  readonly routingKey: string;
  readonly body: string;
  readonly properties: { readonly mandatory: boolean; readonly persistent: boolean; readonly correlationId: string };
  ack(): void;
  nack(): void;
  /** Given back, and then confirmed all the same, as a broker does. */
  giveBack(): void;
}

/** A broker that answers when it is told to. */
export interface FakeBroker {
  readonly connect: () => Promise<AmqpConnection>;
  /** What was sent and not answered yet, in the order sent. */
  readonly open: Sent[];
  readonly connections: EventEmitter[];
  /** Channels that were opened. */
  channels: number;
  /** Whether the client library's buffer has room. */
  hasRoom: boolean;
  drain(): void;
  /** What sending throws before anything is sent, if it does. */
  throws: Error | null;
  /** Makes each further call to set something up wait for ever. */
  isSilent: boolean;
}

export function createFakeBroker(): FakeBroker {
  let channel = new EventEmitter();
  const answer = <T>(value: T): Promise<T> => (broker.isSilent ? new Promise(() => undefined) : Promise.resolve(value));
  const broker: FakeBroker = {
    open: [],
    connections: [],
    channels: 0,
    hasRoom: true,
    throws: null,
    isSilent: false,
    drain: () => void channel.emit("drain"),
    connect: async () => {
      const connection = new EventEmitter();
      broker.connections.push(connection);
      const end = (): void => {
        connection.emit("close");
        channel.emit("close");
      };
      return Object.assign(connection, {
        createChannel: () => answer(openChannel()),
        createConfirmChannel: () => answer(openChannel()),
        close: async () => end(),
        destroy: end,
      });
    },
  };
  function openChannel(): AmqpConfirmChannel {
    const own = new EventEmitter();
    channel = own;
    broker.channels++;
    const unconfirmed = new Set<(cause: unknown) => void>();
    own.on("close", () => {
      for (const confirmed of unconfirmed) confirmed(new Error("channel closed"));
    });
    const queue = { queue: "", messageCount: 0, consumerCount: 0 };
    return Object.assign(own, {
      assertExchange: () => answer(undefined),
      assertQueue: () => answer(queue),
      bindQueue: () => answer(undefined),
      prefetch: () => answer(undefined),
      consume: () => answer(undefined),
      get: () => answer<AmqpMessage | false>(false),
      ack: () => undefined,
      reject: () => undefined,
      close: async () => void own.emit("close"),
      publish: (_: string, routingKey: string, content: Buffer, properties: object, confirmed: (cause: unknown) => void) => {
        if (broker.throws !== null) throw broker.throws;
        const over = (act: () => void) => () => {
          broker.open.splice(broker.open.indexOf(sent), 1);
          unconfirmed.delete(confirmed);
          act();
        };
        const sent: Sent = {
          routingKey,
          body: content.toString(),
          properties: properties as Sent["properties"],
          ack: over(() => confirmed(null)),
          nack: over(() => confirmed(new Error("message nacked"))),
          giveBack: over(() => {
            own.emit("return", { content, fields: {}, properties });
            confirmed(null);
          }),
        };
        broker.open.push(sent);
        unconfirmed.add(confirmed);
        return broker.hasRoom;
      },
    });
  }
  return broker;
}
