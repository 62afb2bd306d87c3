import type { QueueError, ReceiveError, WebhookRefused } from "@bg-ingest/core";
import { mapStoreError } from "./map-store-error.ts";
import type { Problem } from "./problem.ts";
import { retryAfterSeconds } from "./retry-after.ts";

const USUAL_WAIT_SECONDS = 5;
const SEALED_WAIT_SECONDS = 300;
const NOT_LOADED_WAIT_SECONDS = 300;

/** A sender repeats what was answered with 5xx, and gives up what was answered with 4xx. */
export function mapReceiveError(error: ReceiveError): Problem {
  switch (error.kind) {
    case "refused":
      return mapRefused(error);
    case "unknown_user":
      return { kind: "unknown_user" };
    case "takes_none":
      return { kind: "takes_no_deliveries" };
    case "several":
      return { kind: "several_connections", more: { providers: error.providers } };
    case "not_loaded":
      return { kind: "provider_not_loaded", retryAfterSeconds: NOT_LOADED_WAIT_SECONDS, reason: error.message };
    case "sealed":
      return { kind: "secrets_sealed", retryAfterSeconds: SEALED_WAIT_SECONDS, reason: error.message };
    case "store":
      return mapStoreError(error.error);
    case "queue":
      return mapQueueError(error.error);
  }
}

function mapRefused({ reason, message }: WebhookRefused): Problem {
  switch (reason) {
    case "signature_missing":
    case "signature_wrong":
    case "timestamp_outside_tolerance":
      return { kind: reason, detail: sentence(message), headers: { "www-authenticate": 'Signature realm="webhook"' } };
    case "body_unreadable":
      return { kind: "delivery_unreadable", detail: sentence(message) };
    case "not_checked":
      return { kind: "delivery_not_checked", retryAfterSeconds: USUAL_WAIT_SECONDS, reason: message };
  }
}

function mapQueueError(error: QueueError): Problem {
  switch (error.kind) {
    case "retry":
      return { kind: "queue_away", retryAfterSeconds: retryAfterSeconds(error.retryAfterMs, USUAL_WAIT_SECONDS), reason: error.message };
    case "stop":
      return { kind: "internal", reason: error.message };
  }
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
