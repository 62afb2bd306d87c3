import type { EventBus } from "@bg-ingest/core";
import type { Instruments } from "./instruments.ts";
import { metered } from "./metered.ts";

/** A bus whose batches are timed, and whose confirmed events are counted by their type. */
export function meteredBus(bus: EventBus, { busCalls, events }: Instruments): EventBus {
  const timed = metered(bus, "whole", (_, outcome, seconds) => busCalls.observe({ outcome }, seconds));
  return {
    async publish(batch, call) {
      const published = await timed.publish(batch, call);
      if (published.isOk()) for (const { type } of batch) events.inc({ type });
      return published;
    },
  };
}
