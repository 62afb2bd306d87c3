import type { SourceId } from "../reading/identifiers.ts";
import type { AsyncResult, Call } from "./call.ts";
import type { StoreError } from "./store-error.ts";

/**
 * Which deliveries were taken, for a queue that forgets what it handed out. The queue looks first, takes the delivery, and notes it last:
 * a crash in between, or two replicas at once, can take one twice and lose none.
 */
export interface DeliveryIds {
  /** Whether it was noted within the last week; what was noted before the call began is seen. */
  isKnown(sourceId: SourceId, id: string, call: Call): AsyncResult<boolean, StoreError>;

  /** Noted for a week from now. */
  note(sourceId: SourceId, id: string, call: Call): AsyncResult<void, StoreError>;

  /** Forgets what was noted of an erased source. */
  eraseSource(sourceId: SourceId, call: Call): AsyncResult<void, StoreError>;
}
