import type { StoreMoment } from "@bg-ingest/core";

/** How far two clocks are apart at least, of which each told a moment as lying between two: positive where the first is ahead. */
export function clockGapMs(own: StoreMoment, other: StoreMoment): number {
  if (own.fromMs > other.toMs) return own.fromMs - other.toMs;
  return own.toMs < other.fromMs ? own.toMs - other.fromMs : 0;
}
