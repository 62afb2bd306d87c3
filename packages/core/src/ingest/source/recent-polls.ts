import type { Clock } from "../../ports/clock.ts";
import type { SourceId } from "../../reading/identifiers.ts";

/** Which sources had a good poll just now. It outlives what is otherwise remembered of a source: whoever asks again and again must not win by having it forgotten. */
export interface RecentPolls {
  /** A good poll that began at this moment of the monotonic clock. */
  note(sourceId: SourceId, beganMs: number): void;
  /** Whether a poll that somebody asks for would hardly bring more than the last one did. */
  isRecent(sourceId: SourceId): boolean;
}

/**
 * All people share the calls that a vendor allows an application, and anybody who is connected may ask for a poll: so it is made once in this
 * time. A sensor measures every minute at most.
 */
const RECENT_MS = 60_000;

export function createRecentPolls(clock: Clock): RecentPolls {
  /** The oldest comes first. */
  const began = new Map<SourceId, number>();
  const isOver = (beganMs: number) => clock.monotonicMs() - beganMs >= RECENT_MS;

  function forgetOld(): void {
    for (const [sourceId, beganMs] of began) {
      if (!isOver(beganMs)) return;
      began.delete(sourceId);
    }
  }

  return {
    note(sourceId, beganMs) {
      began.delete(sourceId);
      began.set(sourceId, beganMs);
      forgetOld();
    },
    isRecent: (sourceId) => !isOver(began.get(sourceId) ?? -Infinity),
  };
}
