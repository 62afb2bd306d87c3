import {
  type Clock,
  type ProviderError,
  verifyStandardWebhook,
  type WebhookCapability,
  type WebhookContent,
  type WebhookRefused,
  type WebhookVerified,
} from "@bg-ingest/core";
import { err, fromThrowable, ok, type Result } from "neverthrow";
import { z } from "zod";
import { toPage } from "../readings/read-page.ts";

/** As Standard Webhooks recommends. */
const TOLERANCE_SECONDS = 300;

/**
 * Dexcom documents no webhook. These bodies are this service's own convention, for a relay or gateway that has the readings; README.md says
 * it to whoever builds one. Readings name the account: another one's are refused like any page of another account.
 */
const wireDelivery = z.discriminatedUnion("type", [
  z.object({ type: z.literal("egvs"), userId: z.string().min(1), records: z.array(z.unknown()) }),
  z.object({ type: z.literal("changed") }),
]);

type Delivery = z.output<typeof wireDelivery>;

export function createWebhook(clock: Pick<Clock, "nowMs">): WebhookCapability {
  return {
    verify: ({ headers, body }, secret) =>
      verifyStandardWebhook({ headers, body, secret, nowMs: clock.nowMs(), toleranceSeconds: TOLERANCE_SECONDS }).andThen(
        ({ id, signedAt }) =>
          deliveryOf(body)
            .map((): WebhookVerified => ({ kind: "delivery", id, signedAt }))
            .mapErr((message): WebhookRefused => ({ kind: "refused", reason: "body_unreadable", message })),
      ),
    read: (body) =>
      deliveryOf(body)
        .mapErr((why): ProviderError => ({ kind: "stop", message: `The delivery cannot be read: ${why} Nothing of it is stored.` }))
        .map(
          (delivery): WebhookContent => (delivery.type === "changed" ? { kind: "changed" } : { kind: "readings", page: toPage(delivery) }),
        ),
  };
}

function deliveryOf(body: Uint8Array): Result<Delivery, string> {
  return parseJson(body).andThen((json) => {
    const parsed = wireDelivery.safeParse(json);
    return parsed.success ? ok(parsed.data) : err('The body is neither { type: "egvs", userId, records } nor { type: "changed" }.');
  });
}

const parseJson = fromThrowable(
  (body: Uint8Array): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)),
  () => "The body is not JSON.",
);
