import { type Instant, type Span, type StandardWebhookHeaders, type StandardWebhookUnsignable, signStandardWebhook } from "@bg-ingest/core";
import type { ResultAsync } from "neverthrow";
import { mixText } from "../person/chance.ts";
import { uuidOf } from "./hex.ts";
import { utcText } from "./print-record.ts";
import { accountIdOf, type PageMaker, readingsPage } from "./readings-page.ts";

/** What the vendor calls to say: these readings are new · there is something new · are you there? */
export type DeliveryContent =
  | { readonly kind: "readings"; readonly span: Span }
  | { readonly kind: "changed" }
  | { readonly kind: "challenge"; readonly challenge: string };

export interface DeliveryToSign {
  readonly account: string;
  /** Of the source that the delivery is for: `whsec_…`. */
  readonly secret: string;
  readonly content: DeliveryContent;
  /** The same id for each attempt at one delivery; told by the content and the moment if not given. */
  readonly id?: string;
}

export interface SignedDelivery {
  readonly headers: StandardWebhookHeaders;
  readonly body: Uint8Array<ArrayBuffer>;
}

export function signDelivery(
  maker: PageMaker,
  delivery: DeliveryToSign,
  nowMs: number,
): ResultAsync<SignedDelivery, StandardWebhookUnsignable> {
  const now = Math.floor(nowMs / 1000);
  const text = bodyOf(maker, delivery, now);
  const body = new TextEncoder().encode(text);
  const id = delivery.id ?? `msg_${uuidOf(mixText(nowMs, text))}`;
  const signed = signStandardWebhook({ id, signedAt: now as Instant, body, secret: delivery.secret });
  return signed.map((headers) => ({ headers, body }));
}

function bodyOf(maker: PageMaker, { account, content }: DeliveryToSign, now: number): string {
  const head = (type: string) => `"type":"${type}","timestamp":"${utcText(now)}"`;
  switch (content.kind) {
    case "readings": {
      const { from, to } = content.span;
      const onePage = { ...maker, paging: { pages: 1, shuffle: false } };
      return `{${head("readings.recorded")},"data":${readingsPage(onePage, { account, from, to, page: 0, now, aheadSeconds: 0 })}}`;
    }
    case "changed":
      return `{${head("readings.changed")},"data":{"accountId":"${accountIdOf(maker.seed, account)}"}}`;
    case "challenge":
      return `{${head("webhook.challenge")},"challenge":${JSON.stringify(content.challenge)}}`;
  }
}
