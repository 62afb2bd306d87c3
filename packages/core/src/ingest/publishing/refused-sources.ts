import type { Clock } from "../../ports/clock.ts";
import type { SourceId } from "../../reading/identifiers.ts";

/** Sources whose events the bus refuses while it takes those of others. They wait, and hold up nobody. */
export interface RefusedSources {
  add(sourceId: SourceId): void;
  /** Whether it is to be left alone for now. */
  has(sourceId: SourceId): boolean;
  forget(sourceId: SourceId): void;
}

/** What a bus refuses it mostly refuses for good: until somebody raises its limits, or mends a bug of ours. */
const WAIT_MS = 3_600_000;

export function createRefusedSources(clock: Pick<Clock, "monotonicMs">): RefusedSources {
  const untilMs = new Map<SourceId, number>();
  return {
    add: (sourceId) => void untilMs.set(sourceId, clock.monotonicMs() + WAIT_MS),
    has: (sourceId) => clock.monotonicMs() < (untilMs.get(sourceId) ?? 0),
    forget: (sourceId) => void untilMs.delete(sourceId),
  };
}
