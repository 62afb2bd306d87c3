import type { LetterSetApart } from "@bg-ingest/core/testing";
import { connect } from "amqplib";

/** All letters that stand there; they are given back when the connection ends. */
export async function readSetApart(url: string, namespace: string): Promise<readonly LetterSetApart[]> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  const letters: LetterSetApart[] = [];
  for (let got = await channel.get(`${namespace}.deliveries.set-apart`); got !== false; ) {
    const headers = got.properties.headers ?? {};
    letters.push({
      sourceId: String(headers["bg-source"]),
      id: String(headers["bg-id"]),
      signedAt: Number(headers["bg-signed-at"]),
      reason: String(headers["bg-reason"]),
      body: new Uint8Array(got.content),
    });
    got = await channel.get(`${namespace}.deliveries.set-apart`);
  }
  await connection.close();
  return letters;
}
