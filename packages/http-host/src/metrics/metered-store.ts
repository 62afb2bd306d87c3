import type { SetAsideRecord, SourceKey } from "@bg-ingest/core";
import type { Store } from "../composition/engines.ts";
import type { Instruments } from "./instruments.ts";
import { metered } from "./metered.ts";
import { meteredQueue } from "./metered-queue.ts";
import type { Scrapes } from "./scrapes.ts";

/** The store with every call timed, what is set aside counted, and its deliveries followed. */
export function meteredStore(store: Store, instruments: Instruments, scrapes: Scrapes, clock: { nowMs(): number }): Store {
  const meterOf = (port: string) => (call: string, outcome: string, seconds: number) =>
    instruments.storeCalls.observe({ port, call, outcome }, seconds);
  const connections = metered(store.connections, "whole", meterOf("connections"));
  return {
    ...store,
    readings: metered(store.readings, "whole", meterOf("readings")),
    authorizations: metered(store.authorizations, "whole", meterOf("authorizations")),
    rateLedger: metered(store.rateLedger, "whole", meterOf("rate_ledger")),
    queue: meteredQueue(metered(store.queue, "whole", meterOf("queue")), instruments, scrapes, clock),
    connections: {
      ...connections,
      async setAside(source: SourceKey, records: readonly SetAsideRecord[], call) {
        const kept = await connections.setAside(source, records, call);
        if (kept.isOk()) for (const { reason } of records) instruments.setAside.inc({ reason });
        return kept;
      },
    },
  };
}
