import type { BusError } from "@bg-ingest/core";
import { DEADLINE_PASSED } from "./within.ts";

/** Reply codes of AMQP 0-9-1. */
const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
const RESOURCE_LOCKED = 405;
const PRECONDITION_FAILED = 406;
const NOT_ALLOWED = 530;

const AWAY_RETRY_MS = 1_000;
const BLOCKED_RETRY_MS = 5_000;

/** The one place where what the client library throws becomes the caller's next move. No message carries a password or what was sent. */
export function mapAmqpError(cause: unknown): BusError {
  switch (codeOf(cause)) {
    case ACCESS_REFUSED:
      return {
        kind: "stop",
        message:
          "RabbitMQ refuses the user of RABBITMQ_URL: nothing was taken. Correct user and password, or give that user the right to configure, write and read what begins with bg.",
        cause,
      };
    case NOT_ALLOWED:
      return {
        kind: "stop",
        message:
          "RabbitMQ has no such virtual host, or the user may not enter it: nothing was taken. Create it, or correct the path of RABBITMQ_URL.",
        cause,
      };
    case PRECONDITION_FAILED:
      if (isTooLarge(cause))
        return {
          kind: "stop",
          message:
            "A message is larger than RabbitMQ takes: it was not taken. Raise max_message_size of the broker, or set WEBHOOK_BODY_LIMIT_BYTES no higher than that.",
          cause,
        };
      return {
        kind: "stop",
        message:
          "RabbitMQ has a queue or an exchange of ours with other settings: nothing was taken. Use another virtual host; or have what stands in it taken by the version that made it, then delete it, and it is made anew.",
        cause,
      };
    case NOT_FOUND:
      return {
        kind: "retry",
        message: "A queue of ours was deleted: it is made anew at the next attempt.",
        retryAfterMs: AWAY_RETRY_MS,
        cause,
      };
    case RESOURCE_LOCKED:
      return { kind: "retry", message: "Another replica is busy with this queue. Try again.", retryAfterMs: AWAY_RETRY_MS, cause };
    case DEADLINE_PASSED:
      return {
        kind: "retry",
        message: "RabbitMQ has not answered in time: it is unknown whether this was taken. It is tried over a new connection.",
        retryAfterMs: AWAY_RETRY_MS,
        cause,
      };
  }
  return {
    kind: "retry",
    message:
      "RabbitMQ cannot be reached or has ended the connection: it is unknown whether this was taken. It goes on once the broker is back; if it lasts, look at the network and at RABBITMQ_URL.",
    retryAfterMs: AWAY_RETRY_MS,
    cause,
  };
}

export const cancelled: BusError = { kind: "retry", message: "The call was cancelled before it was done. Call again." };

export const closed: BusError = { kind: "stop", message: "This connection to RabbitMQ was closed by its owner: nothing was taken." };

export const refusedByBroker: BusError = {
  kind: "retry",
  message: "RabbitMQ could not keep a message and gave it back. Look at the broker's log and its disk; it is tried again.",
  retryAfterMs: AWAY_RETRY_MS,
};

export const unroutable: BusError = {
  kind: "retry",
  message: "RabbitMQ has no queue for a message: its queue or binding was removed. It is made anew at the next attempt.",
  retryAfterMs: AWAY_RETRY_MS,
};

/** Without the cause: what that quotes may be what was to be sent. */
export const unsendable: BusError = {
  kind: "stop",
  message:
    "A message cannot be written in the form that RabbitMQ takes: it was not sent, and others go on. This is a bug of BG Ingest: report it, with the versions of BG Ingest and amqplib.",
};

/** `reason` is the broker's word: memory or disk. */
export function blockedBy(reason: string): BusError {
  return {
    kind: "retry",
    message: `RabbitMQ takes nothing for now (${reason}): nothing was sent. Give the broker memory or disk; it goes on by itself.`,
    retryAfterMs: BLOCKED_RETRY_MS,
  };
}

/** The broker's word: "message size 20000000 is larger than max size 16777216", in newer ones "configured max size". */
function isTooLarge(cause: unknown): boolean {
  return cause instanceof Error && /larger than (configured )?max size/.test(cause.message);
}

/** amqplib 2.3 tells of a refused handshake by the message alone, and of a refused virtual host not even the code. */
function codeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return undefined;
  const handshake = /^Handshake terminated by server: (\d{3})/.exec(cause.message);
  if (handshake !== null) return Number(handshake[1]);
  if (cause.message.startsWith("Expected ConnectionOpenOk; got <ConnectionClose")) return NOT_ALLOWED;
  return "code" in cause ? cause.code : undefined;
}
