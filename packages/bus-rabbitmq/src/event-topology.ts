import type { BgEvent } from "@bg-ingest/core";
import type { AmqpChannel, QueueOptions } from "./amqp.ts";

export interface EventTopology {
  readonly exchange: string;
  /** Bound to everything: no event is unroutable, and a new consumer can read back a week. */
  readonly log: string;
}

export const eventTopologyOf = (namespace: string): EventTopology => ({
  exchange: `${namespace}.events`,
  log: `${namespace}.events.log`,
});

/**
 * A stream drops whole segments, once the last event in one is a week old. The smaller they are, the sooner it drops them; 500 MB, the
 * broker's own choice, would keep a small installation's events for years.
 */
const SEGMENT_BYTES = 8_000_000;

const LOG_OPTIONS: QueueOptions = {
  durable: true,
  arguments: { "x-queue-type": "stream", "x-max-age": "7D", "x-stream-max-segment-size-bytes": SEGMENT_BYTES },
};

export async function declareEventTopology(channel: AmqpChannel, { exchange, log }: EventTopology): Promise<void> {
  await channel.assertExchange(exchange, "topic", { durable: true });
  await channel.assertQueue(log, LOG_OPTIONS);
  await channel.bindQueue(log, exchange, "#");
}

/** The type and, where it has one, the provider: `bg.readings.recorded.v1.acme` is bound by `bg.readings.#` and by `#.acme`. */
export function routingKeyOf({ type, data }: BgEvent): string {
  return "provider" in data ? `${type}.${data.provider}` : type;
}
