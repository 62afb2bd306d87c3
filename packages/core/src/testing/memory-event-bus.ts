import { err, ok, type Result } from "neverthrow";
import type { BgEvent } from "../event/event.ts";
import type { BusError, EventBus } from "../ports/event-bus.ts";
import { cancelled } from "./cancelled.ts";

/** How the bus is. `away`: takes nothing. `halfway`: takes the first half of a batch and then fails. `mute`: takes all and its answer is lost. */
export type BusMode = "there" | "away" | "halfway" | "mute";

/** A bus that keeps what it took, in the order taken. */
export interface MemoryEventBus extends EventBus {
  readonly taken: readonly BgEvent[];
  /** How often something was offered. */
  readonly offered: number;
  mode: BusMode;
}

export function createMemoryEventBus(): MemoryEventBus {
  const taken: BgEvent[] = [];
  let offered = 0;
  const bus: MemoryEventBus = {
    mode: "there",
    taken,
    get offered() {
      return offered;
    },
    async publish(events, call): Promise<Result<void, BusError>> {
      if (call.signal.aborted) return err(cancelled);
      offered++;
      taken.push(...structuredClone(events.slice(0, takes(bus.mode, events.length))));
      return bus.mode === "there" ? ok(undefined) : err({ kind: "retry", message: "The bus is away." });
    },
  };
  return bus;
}

function takes(mode: BusMode, count: number): number {
  switch (mode) {
    case "there":
    case "mute":
      return count;
    case "away":
      return 0;
    case "halfway":
      return count >> 1;
  }
}
