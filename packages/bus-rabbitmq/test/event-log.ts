import { type BgEvent, bgEvent } from "@bg-ingest/core";
import { type ConfirmChannel, connect } from "amqplib";
import { declareEventTopology, eventTopologyOf } from "../src/event-topology.ts";

/** A queue that has no leader answers nobody. */
const SILENT_MS = 10_000;

/** Everything in the stream queue, from the beginning: how a new consumer reads back. */
export async function readEventLog(url: string, namespace: string): Promise<readonly BgEvent[]> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  const { promise: lost, reject: lose } = Promise.withResolvers<never>();
  for (const over of ["error", "close"] as const) channel.on(over, (cause?: Error) => lose(cause ?? new Error("The channel was closed.")));
  const silence = setTimeout(() => lose(new Error(`The log did not answer within ${SILENT_MS} ms.`)), SILENT_MS);
  // Whoever reads hears of it; nobody else has to.
  void lost.catch(() => undefined);
  try {
    return await Promise.race([lost, readWith(channel, namespace, () => void silence.refresh())]);
  } finally {
    clearTimeout(silence);
    connection.on("error", () => undefined);
    void connection.close().catch(() => undefined);
  }
}

async function readWith(channel: ConfirmChannel, namespace: string, heard: () => void): Promise<readonly BgEvent[]> {
  const last = `the end ${Math.random()}`;
  const events: BgEvent[] = [];
  const { promise: read, resolve } = Promise.withResolvers<void>();
  await declareEventTopology(channel, eventTopologyOf(namespace));
  await channel.prefetch(500);
  await channel.consume(
    `${namespace}.events.log`,
    (message) => {
      if (message === null) return;
      heard();
      channel.ack(message);
      if (message.content.toString() === last) resolve();
      else if (!message.content.toString().startsWith("the end ")) events.push(bgEvent.parse(JSON.parse(message.content.toString())));
    },
    { arguments: { "x-stream-offset": "first" } },
  );
  channel.sendToQueue(`${namespace}.events.log`, Buffer.from(last));
  await channel.waitForConfirms();
  await read;
  return events;
}
