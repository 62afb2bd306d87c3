import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import type { Instant } from "../reading/instant.ts";
import type { AsyncResult, Call } from "./call.ts";

/** A webhook delivery whose signature was verified for this source. */
export interface Delivery {
  /** The sender's id of the delivery; a repeat bears the same. */
  readonly id: string;
  readonly userId: UserId;
  readonly sourceId: SourceId;
  readonly provider: ProviderName;
  /** When the sender signed it. */
  readonly signedAt: Instant;
  readonly body: Uint8Array;
}

export type QueueError =
  | { readonly kind: "retry"; readonly message: string; readonly retryAfterMs?: number; readonly cause?: unknown }
  | { readonly kind: "stop"; readonly message: string; readonly cause?: unknown };

/**
 * `done`: never again. `hold`: hand it out again after the wait. `set_apart`: never to be taken; kept with the reason until its source is
 * erased, for a person to look at. `reason` never quotes the delivery. A body that is `deleted` holds somebody else's readings.
 */
export type Verdict =
  | { readonly kind: "done" }
  | { readonly kind: "hold"; readonly waitMs: number }
  | { readonly kind: "set_apart"; readonly reason: string; readonly body: "kept" | "deleted" };

/** Ends the consumption: resolves when the delivery being worked on has its verdict on record. */
export interface Consumption {
  stop(): Promise<void>;
}

/** Durable deliveries, handed out at least once. */
export interface WorkQueue {
  /** Resolves once the delivery is on disk. A second one with the same source and id within the week changes nothing. */
  enqueue(delivery: Delivery, call: Call): AsyncResult<"enqueued" | "known", QueueError>;

  /**
   * Hands deliveries to `work`, those of one source one after another in the order of arrival, until stopped. One that is held delays
   * no other source. A delivery without a verdict (a crash) is handed out again. Once `set_apart` with a `deleted` body is on record, no
   * byte of that body is left in the queue: its id, its source, when it was signed and the reason are.
   */
  consume(work: (delivery: Delivery, call: Call) => PromiseLike<Verdict>): Consumption;

  /** How many wait, and how many were set apart. */
  depth(call: Call): AsyncResult<{ readonly waiting: number; readonly setApart: number }, QueueError>;

  /** Deletes what waits for an erased source, set-apart letters included. */
  eraseSource(sourceId: SourceId, call: Call): AsyncResult<void, QueueError>;
}
