import { type Delivery, type Instant, parseProviderName, parseSourceId, parseUserId, type SourceId } from "@bg-ingest/core";
import { Result } from "neverthrow";
import type { AmqpMessage } from "./amqp.ts";
import type { Outgoing } from "./confirmed-sender.ts";
import type { SetApart } from "./delivery-lanes.ts";

const DELIVERY = "bg.delivery.v1";
const ERASE = "bg.erase.v1";
const ERASED = "bg.erased.v1";

/** What stands in a partition. `erase`: whatever stands before it of that source is to be deleted, and `replyTo` to be told. */
export type Parsed =
  | { readonly kind: "delivery"; readonly delivery: Delivery }
  | { readonly kind: "erase"; readonly sourceId: SourceId; readonly replyTo: string; readonly token: string };

/** The body goes as it came; the rest stands in headers, which, unlike AMQP's own properties, may be of any length. */
export function deliveryMessage(queue: string, delivery: Delivery): Outgoing {
  return messageOf(queue, delivery, {});
}

function messageOf(
  queue: string,
  { id, userId, sourceId, provider, signedAt, body }: Delivery,
  more: Readonly<Record<string, string>>,
): Outgoing {
  const headers = {
    "bg-id": id,
    "bg-user": userId,
    "bg-source": sourceId,
    "bg-provider": provider,
    "bg-signed-at": signedAt,
    ...more,
  };
  const properties = { type: DELIVERY, contentType: "application/octet-stream", headers };
  return { exchange: "", routingKey: queue, content: Buffer.from(body), properties };
}

/** The letter that stays where a delivery was set apart, without the body where that is to go. */
export function setApartMessage(queue: string, delivery: Delivery, { reason, body }: SetApart): Outgoing {
  return messageOf(queue, body === "kept" ? delivery : { ...delivery, body: new Uint8Array(0) }, { "bg-reason": reason });
}

/** Waits in `later` until that gives it back to the partition. */
export function postponedMessage(later: string, partition: string, delivery: Delivery): Outgoing {
  return { ...deliveryMessage(partition, delivery), exchange: later };
}

export function eraseMessage(queue: string, sourceId: SourceId, replyTo: string, token: string): Outgoing {
  const properties = { type: ERASE, replyTo, headers: { "bg-source": sourceId, "bg-token": token } };
  return { exchange: "", routingKey: queue, content: Buffer.alloc(0), properties };
}

export function erasedMessage(replyTo: string, token: string): Outgoing {
  const properties = { type: ERASED, headers: { "bg-token": token } };
  return { exchange: "", routingKey: replyTo, content: Buffer.alloc(0), properties, isOptional: true };
}

/** Which erase is over. */
export function parseErased({ properties }: AmqpMessage): string | null {
  return properties.type === ERASED ? String(properties.headers?.["bg-token"]) : null;
}

/** `null` for what is not ours. */
export function parseMessage({ content, properties }: AmqpMessage): Parsed | null {
  const headers = properties.headers ?? {};
  const sourceId = parseSourceId(String(headers["bg-source"]));
  if (sourceId.isErr()) return null;
  if (properties.type === ERASE)
    return { kind: "erase", sourceId: sourceId.value, replyTo: String(properties.replyTo), token: String(headers["bg-token"]) };
  const names = Result.combine([parseUserId(String(headers["bg-user"])), parseProviderName(String(headers["bg-provider"]))]);
  const { "bg-id": id, "bg-signed-at": signedAt } = headers;
  if (properties.type !== DELIVERY || names.isErr() || typeof id !== "string" || !Number.isInteger(signedAt)) return null;
  const [userId, provider] = names.value;
  const delivery = { id, userId, sourceId: sourceId.value, provider, signedAt: signedAt as Instant, body: ownBytes(content) };
  return { kind: "delivery", delivery };
}

/** A small body is a view of everything that came with it from the socket, and would keep all of that. */
function ownBytes({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  const view = new Uint8Array(buffer, byteOffset, byteLength);
  return byteLength === buffer.byteLength ? view : view.slice();
}
