import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { type ChannelModel, connect } from "amqplib";
import type { ConnectAmqp } from "./amqp.ts";
import type { BrokerPlace } from "./rabbitmq-url.ts";

/** For brokers whose certificate is signed by an authority of one's own, or that ask for a certificate. All in PEM. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** `name` is shown among the broker's connections. */
export function connectAmqplib(place: BrokerPlace, tls: TlsFiles, name: string, timeoutMs: number): ConnectAmqp {
  const socket = { ...tls, noDelay: true, keepAlive: true, timeout: timeoutMs, clientProperties: { connection_name: name } };
  return async () => {
    const model = await connect(place, socket);
    hearWhileOpening(model);
    const stream = streamOf(model);
    if (stream !== undefined) gatherWrites(stream);
    return Object.assign(model, { destroy: () => stream?.destroy() });
  };
}

/** amqplib 2.3 writes each message to the socket alone: measured, two thirds of what publishing costs. What is written in one turn goes together. */
function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream);
  const gather = (...given: Parameters<Duplex["write"]>): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...given);
  };
  stream.write = gather as Duplex["write"];
}

/** amqplib 2.3 says goodbye before it lets go of a socket, and waits for a broker that may be gone; its types do not show the socket. */
function streamOf(model: ChannelModel): Duplex | undefined {
  return (model.connection as { readonly stream?: Duplex }).stream;
}

type Opened = (cause: unknown, ok: unknown) => void;

interface Opening extends EventEmitter {
  open(fields: unknown, opened: Opened): void;
}

const mended = new WeakSet<Opening>();

/**
 * amqplib 2.3 reads on before it hands a connection out: a broker that ends it in the very packet that opens it makes an `error` that nobody
 * can have listened for, and ends the process. From the first connection on, somebody listens.
 */
function hearWhileOpening({ connection }: ChannelModel): void {
  const prototype: Opening = Object.getPrototypeOf(connection);
  const { open } = prototype;
  if (mended.has(prototype) || typeof open !== "function") return;
  mended.add(prototype);
  prototype.open = function (this: Opening, fields, opened) {
    const hear = (): void => undefined;
    this.on("error", hear);
    open.call(this, fields, (cause, ok) => {
      opened(cause, ok);
      setImmediate(() => this.off("error", hear));
    });
  };
}
