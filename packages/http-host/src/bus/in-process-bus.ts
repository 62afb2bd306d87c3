import type { BgEvent, BusError, EventBus } from "@bg-ingest/core";
import { errAsync, okAsync } from "neverthrow";

/** The bus of a service that is one process: events are handed to whoever listens here, in order, before `publish` answers. */
export interface InProcessBus extends EventBus {
  /**
   * Answers how to stop listening. What a listener does takes the publisher's time. One that throws hears nothing more of the batch, and
   * then all of it again, as everybody does, until it throws no more.
   */
  subscribe(listener: Listener): () => void;
}

type Listener = (event: BgEvent) => void;

export function createInProcessBus(): InProcessBus {
  const listeners = new Set<Listener>();
  return {
    publish(events, { signal }) {
      if (signal.aborted) return errAsync<void, BusError>({ kind: "retry", message: CANCELLED });
      const failed = new Map<Listener, unknown>();
      if (listeners.size > 0) for (const event of events) tell(listeners, event, failed);
      if (failed.size === 0) return okAsync<void, BusError>(undefined);
      const [cause] = failed.values();
      return errAsync<void, BusError>({ kind: "retry", message: WHAT_HAPPENED, cause });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const CANCELLED = "The call was cancelled before it began: nobody was told anything. Publish again.";

/** What was thrown is not quoted: it may quote a reading. */
const WHAT_HAPPENED =
  "A listener in this process threw while it was told an event. All events of the batch are told again until it takes them; whoever wrote the listener has to mend it.";

function tell(listeners: ReadonlySet<Listener>, event: BgEvent, failed: Map<Listener, unknown>): void {
  for (const listener of listeners) {
    if (failed.has(listener)) continue;
    try {
      listener(event);
    } catch (cause) {
      failed.set(listener, cause);
    }
  }
}
