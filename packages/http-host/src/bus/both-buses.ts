import type { BusError, EventBus } from "@bg-ingest/core";
import { err, type Result } from "neverthrow";

/** Tells those outside and then those in this process. Where either fails, both are told again. */
export function bothBuses(outer: EventBus, inner: EventBus): EventBus {
  return {
    async publish(events, call): Promise<Result<void, BusError>> {
      const told = await outer.publish(events, call);
      return told.isErr() ? err(told.error) : inner.publish(events, call);
    },
  };
}
