/** The slice of an AMQP 0-9-1 client that this package needs; amqplib has this shape. */
export interface AmqpConnection {
  createChannel(): Promise<AmqpChannel>;
  createConfirmChannel(): Promise<AmqpConfirmChannel>;
  on(event: "error", listener: (cause: Error) => void): unknown;
  on(event: "close", listener: (cause?: Error) => void): unknown;
  on(event: "blocked", listener: (reason: string) => void): unknown;
  on(event: "unblocked", listener: () => void): unknown;
  close(): Promise<void>;
  /** Ends the connection at once, without a word to a broker that may not be listening. */
  destroy(): void;
}

export interface AmqpChannel {
  assertExchange(name: string, type: "topic" | "fanout", options: { readonly durable: true }): Promise<unknown>;
  assertQueue(name: string, options: QueueOptions): Promise<QueueState>;
  bindQueue(queue: string, exchange: string, pattern: string): Promise<unknown>;
  prefetch(count: number): Promise<unknown>;
  consume(queue: string, onMessage: (message: AmqpMessage | null) => void, options: { readonly noAck: boolean }): Promise<unknown>;
  get(queue: string, options: { readonly noAck: false }): Promise<AmqpMessage | false>;
  ack(message: AmqpReceipt): void;
  reject(message: AmqpReceipt, requeue: false): void;
  on(event: "error", listener: (cause: Error) => void): unknown;
  on(event: "close" | "drain", listener: () => void): unknown;
  on(event: "return", listener: (message: AmqpMessage) => void): unknown;
  close(): Promise<void>;
}

export interface AmqpConfirmChannel extends AmqpChannel {
  /** `false` asks to wait for `drain` before the next one. */
  publish(exchange: string, routingKey: string, content: Buffer, properties: object, confirmed: (cause: unknown) => void): boolean;
}

export interface AmqpMessage {
  readonly content: Buffer;
  readonly fields: AmqpFields;
  readonly properties: AmqpProperties;
}

/** What is left of a message whose content is not needed any more. */
export type AmqpReceipt = Pick<AmqpMessage, "fields">;

interface AmqpFields {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
}

interface AmqpProperties {
  readonly type?: unknown;
  readonly correlationId?: unknown;
  readonly replyTo?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

export interface QueueOptions {
  readonly durable: boolean;
  readonly exclusive?: boolean;
  readonly autoDelete?: boolean;
  readonly arguments?: Readonly<Record<string, string | number | boolean>>;
}

export interface QueueState {
  readonly queue: string;
  readonly messageCount: number;
  readonly consumerCount: number;
}

/** Opens one connection; rejects where that fails. */
export type ConnectAmqp = () => Promise<AmqpConnection>;
