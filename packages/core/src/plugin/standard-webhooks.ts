import { err, ok, type Result, ResultAsync } from "neverthrow";
import type { WebhookRefused } from "../ports/cgm-provider.ts";
import type { Instant } from "../reading/instant.ts";

export interface StandardWebhookHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

export interface StandardWebhookDelivery {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as they came: parsing and printing them again breaks the signature. */
  readonly body: Uint8Array;
  readonly secret: string;
  readonly nowMs: number;
  /** How far the signed time may lie from `nowMs`, on either side. */
  readonly toleranceSeconds: number;
}

export interface StandardWebhookVerified {
  /** The same for every attempt at one delivery. */
  readonly id: string;
  readonly signedAt: Instant;
}

export interface StandardWebhookToSign {
  readonly id: string;
  readonly signedAt: Instant;
  readonly body: Uint8Array;
  readonly secret: string;
}

/** The secret is not one, or the id could be read in two ways; no delivery can be signed with it. */
export interface StandardWebhookUnsignable {
  readonly kind: "unsignable";
  readonly message: string;
}

/**
 * Standard Webhooks 1.0.0, symmetric scheme: `v1,` and the base64 of HMAC-SHA256 over "id.timestamp.body". The header may
 * hold several signatures, as it does while a secret is changed: one that fits is enough. The secret is `whsec_` and the
 * base64 of 24 to 64 bytes; without the prefix it is read as well.
 */
export function verifyStandardWebhook(delivery: StandardWebhookDelivery): ResultAsync<StandardWebhookVerified, WebhookRefused> {
  return new ResultAsync(verified(delivery));
}

export function signStandardWebhook(delivery: StandardWebhookToSign): ResultAsync<StandardWebhookHeaders, StandardWebhookUnsignable> {
  return new ResultAsync(signed(delivery));
}

async function verified(delivery: StandardWebhookDelivery): Promise<Result<StandardWebhookVerified, WebhookRefused>> {
  const id = headerOf(delivery.headers, "webhook-id");
  const timestamp = headerOf(delivery.headers, "webhook-timestamp");
  const signatures = headerOf(delivery.headers, "webhook-signature");
  if (!id || !timestamp || !signatures) {
    return refused(
      "signature_missing",
      "A delivery bears the headers webhook-id, webhook-timestamp and webhook-signature; at least one is missing",
    );
  }
  if (!TIMESTAMP.test(timestamp)) return refused("timestamp_outside_tolerance", "webhook-timestamp is not a number of seconds since 1970");
  const signedAt = Number(timestamp) as Instant;
  if (Math.abs(Math.floor(delivery.nowMs / 1000) - signedAt) > delivery.toleranceSeconds) {
    return refused(
      "timestamp_outside_tolerance",
      `webhook-timestamp lies more than ${delivery.toleranceSeconds} s from now; sign each attempt anew`,
    );
  }
  const key = keyOf(delivery.secret);
  if (!ID.test(id) || key.isErr())
    return refused("signature_wrong", "No signature can be made from this webhook-id and this source's secret");
  const expected = await signatureOf(key.value, id, signedAt, delivery.body);
  if (!signatures.split(" ").some((candidate) => sameText(candidate, expected))) {
    return refused("signature_wrong", "No signature in webhook-signature is that of this body under this source's secret");
  }
  return ok({ id, signedAt });
}

async function signed(delivery: StandardWebhookToSign): Promise<Result<StandardWebhookHeaders, StandardWebhookUnsignable>> {
  const key = keyOf(delivery.secret);
  if (key.isErr()) return err(key.error);
  if (!ID.test(delivery.id)) return unsignable("A webhook-id is 1 to 256 visible ASCII characters without a full stop");
  const signature = await signatureOf(key.value, delivery.id, delivery.signedAt, delivery.body);
  return ok({ "webhook-id": delivery.id, "webhook-timestamp": String(delivery.signedAt), "webhook-signature": signature });
}

/** A full stop would let bytes move between id, timestamp and body under the same signature. */
const ID = /^[!-\-/-~]{1,256}$/;
const TIMESTAMP = /^(?:0|[1-9]\d{0,10})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SECRET_PREFIX = "whsec_";

function keyOf(secret: string): Result<Uint8Array<ArrayBuffer>, StandardWebhookUnsignable> {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  if (!BASE64.test(text)) return unsignable("A webhook secret is whsec_ and base64");
  const key = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (key.length < 24 || key.length > 64) return unsignable("A webhook secret is the base64 of 24 to 64 bytes");
  return ok(key);
}

async function signatureOf(key: Uint8Array<ArrayBuffer>, id: string, signedAt: Instant, body: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(`${id}.${signedAt}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  const hmacKey = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", hmacKey, content));
  return `v1,${btoa(String.fromCharCode(...digest))}`;
}

/** Takes as long for the first character that differs as for the last. */
function sameText(candidate: string, expected: string): boolean {
  if (candidate.length !== expected.length) return false;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) difference |= candidate.charCodeAt(i) ^ expected.charCodeAt(i);
  return difference === 0;
}

function headerOf(headers: StandardWebhookDelivery["headers"], name: string): string | undefined {
  return headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

function refused(reason: WebhookRefused["reason"], message: string): Result<never, WebhookRefused> {
  return err({ kind: "refused", reason, message });
}

function unsignable(message: string): Result<never, StandardWebhookUnsignable> {
  return err({ kind: "unsignable", message });
}
