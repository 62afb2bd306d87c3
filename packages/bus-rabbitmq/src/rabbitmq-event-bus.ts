import type { BgEvent, BusError, Call, EventBus } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { ConfirmedSender, Outgoing } from "./confirmed-sender.ts";
import { routingKeyOf } from "./event-topology.ts";
import { cancelled } from "./map-amqp-error.ts";

/** Each subject's events one after another, subjects side by side. After the first failure nothing more of the batch is sent. */
export function createRabbitMqEventBus(sender: ConfirmedSender, exchange: string): EventBus {
  async function publish(events: readonly BgEvent[], call: Call): Promise<Result<void, BusError>> {
    if (call.signal.aborted) return err(cancelled);
    let failed: BusError | null = null;
    const publishInTurn = async (ofSubject: readonly BgEvent[]): Promise<void> => {
      for (const event of ofSubject) {
        if (failed !== null) return;
        const sent = await sender.send(() => outgoing(exchange, event), call);
        if (sent.isErr()) failed ??= sent.error;
      }
    };
    await Promise.all([...Map.groupBy(events, ({ subject }) => subject).values()].map(publishInTurn));
    return failed === null ? ok(undefined) : err(failed);
  }
  return { publish };
}

/** AMQP's short strings. */
const LONGEST_MESSAGE_ID_BYTES = 255;

/** CloudEvents 1.0 in structured mode: its AMQP binding is for AMQP 1.0. */
function outgoing(exchange: string, event: BgEvent): Outgoing {
  const isShort = Buffer.byteLength(event.id) <= LONGEST_MESSAGE_ID_BYTES;
  return {
    exchange,
    routingKey: routingKeyOf(event),
    content: Buffer.from(JSON.stringify(event)),
    properties: { contentType: "application/cloudevents+json", type: event.type, ...(isShort ? { messageId: event.id } : {}) },
  };
}
