import type { BgEvent, BusError, EventBus } from "@bg-ingest/core";
import { okAsync } from "neverthrow";

/** The bus of a service that is one process: events are handed to whoever listens here, in order, before `publish` answers. */
export interface InProcessBus extends EventBus {
  /** Answers how to stop listening. A listener must not throw; what it does takes the publisher's time. */
  subscribe(listener: (event: BgEvent) => void): () => void;
}

export function createInProcessBus(): InProcessBus {
  const listeners = new Set<(event: BgEvent) => void>();
  return {
    publish(events) {
      if (listeners.size > 0) {
        for (const event of events) for (const listener of listeners) listener(event);
      }
      return okAsync<void, BusError>(undefined);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
