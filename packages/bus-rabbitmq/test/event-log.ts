import { type BgEvent, bgEvent } from "@bg-ingest/core";
import { connect } from "amqplib";
import { declareEventTopology, eventTopologyOf } from "../src/event-topology.ts";

/** Everything in the stream queue, from the beginning: how a new consumer reads back. */
export async function readEventLog(url: string, namespace: string): Promise<readonly BgEvent[]> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  const last = `the end ${Math.random()}`;
  const events: BgEvent[] = [];
  const { promise: read, resolve } = Promise.withResolvers<void>();
  await declareEventTopology(channel, eventTopologyOf(namespace));
  await channel.prefetch(500);
  await channel.consume(
    `${namespace}.events.log`,
    (message) => {
      if (message === null) return;
      channel.ack(message);
      if (message.content.toString() === last) resolve();
      else if (!message.content.toString().startsWith("the end ")) events.push(bgEvent.parse(JSON.parse(message.content.toString())));
    },
    { arguments: { "x-stream-offset": "first" } },
  );
  channel.sendToQueue(`${namespace}.events.log`, Buffer.from(last));
  await channel.waitForConfirms();
  await read;
  await connection.close();
  return events;
}
