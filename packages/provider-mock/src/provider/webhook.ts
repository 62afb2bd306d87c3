import {
  type Instant,
  type ProviderError,
  verifyStandardWebhook,
  type WebhookCapability,
  type WebhookContent,
  type WebhookRefused,
  type WebhookVerified,
} from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result } from "neverthrow";
import type { z } from "zod";
import { bearerOf } from "./mock-credentials.ts";
import { readPage } from "./read-page.ts";
import { endpoint, type Vendor } from "./vendor.ts";
import { wireDelivery } from "./wire-schema.ts";

/** As Standard Webhooks recommends. */
const TOLERANCE_SECONDS = 300;

export function createWebhook(vendor: Vendor): WebhookCapability {
  return {
    verify: ({ headers, body }, secret) =>
      verifyStandardWebhook({ headers, body, secret, nowMs: vendor.clock.nowMs(), toleranceSeconds: TOLERANCE_SECONDS }).andThen(
        ({ id, signedAt }): Result<WebhookVerified, WebhookRefused | ProviderError> =>
          deliveryOf(body).map(toVerified(id, signedAt)).mapErr(unreadable),
      ),
    read: (body) => deliveryOf(body).mapErr(stop).andThen(toContent),
    subscribe: (credentials, callbackUrl, secret, call) =>
      bearerOf(credentials).asyncAndThen((token) =>
        vendor.client.send("POST", endpoint(vendor, "/v1/subscriptions"), token, { callback_url: callbackUrl.href, secret }, call),
      ),
    unsubscribe: (credentials, callbackUrl, call) =>
      bearerOf(credentials).asyncAndThen((token) =>
        vendor.client.send("DELETE", endpoint(vendor, "/v1/subscriptions"), token, { callback_url: callbackUrl.href }, call),
      ),
  };
}

type Delivery = z.output<typeof wireDelivery>;

function deliveryOf(body: Uint8Array): Result<Delivery, string> {
  return parseJson(body).andThen((json) => {
    const parsed = wireDelivery.safeParse(json);
    return parsed.success ? ok(parsed.data) : err("The body is none of readings.recorded, readings.changed and webhook.challenge");
  });
}

function toVerified(id: string, signedAt: Instant): (delivery: Delivery) => WebhookVerified {
  return (delivery) =>
    delivery.type === "webhook.challenge"
      ? { kind: "challenge", contentType: "text/plain", reply: delivery.challenge }
      : { kind: "delivery", id, signedAt };
}

function unreadable(message: string): WebhookRefused {
  return { kind: "refused", reason: "body_unreadable", message };
}

function toContent(delivery: Delivery): Result<WebhookContent, ProviderError> {
  switch (delivery.type) {
    case "readings.recorded":
      return readPage(delivery.data).map(({ page }) => ({ kind: "readings", page }));
    case "readings.changed":
      return ok({ kind: "changed" });
    case "webhook.challenge":
      return err(stop("A challenge holds no readings"));
  }
}

function stop(why: string): ProviderError {
  return { kind: "stop", message: `The mock vendor's delivery cannot be read: ${why}. Nothing of it is stored.` };
}

const parseJson = fromThrowable(
  (body: Uint8Array): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)),
  () => "The body is not JSON",
);
