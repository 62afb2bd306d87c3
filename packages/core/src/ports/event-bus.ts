import type { BgEvent } from "../event/event.ts";
import type { AsyncResult, Call } from "./call.ts";

export type BusError =
  | { readonly kind: "retry"; readonly message: string; readonly retryAfterMs?: number; readonly cause?: unknown }
  | { readonly kind: "stop"; readonly message: string; readonly cause?: unknown };

/** Tells others. At least once: consumers recognise a repeat by its id. */
export interface EventBus {
  /**
   * Resolves once the bus has every event of the batch for good. Events of one `subject` go out in the order given, each after the one
   * before it is confirmed; events of different subjects overlap. After an `Err` any of them may have gone out: publish all again.
   */
  publish(events: readonly BgEvent[], call: Call): AsyncResult<void, BusError>;
}
