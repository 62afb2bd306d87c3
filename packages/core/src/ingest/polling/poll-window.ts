import { isHistoryRead } from "../../connection/history-read.ts";
import { FUTURE_TOLERANCE_SECONDS } from "../../normalize/normalize.ts";
import type { ProviderTraits } from "../../ports/provider-traits.ts";
import { addSeconds, type Instant, SECONDS_PER_DAY, type Span } from "../../reading/instant.ts";
import type { SourceState } from "../source/source-state.ts";
import { lookBackSeconds } from "./re-pull.ts";

/**
 * From where everything was asked for, less an overlap, or further back if a rung of the re-pull ladder is due, up to a little ahead of
 * now: a sensor's clock may be. While nothing is stored the ladder is climbed as well, once no history is being read that would bring the
 * same: a receiver may upload for the first time weeks late.
 */
export function pollWindow(traits: ProviderTraits, state: SourceState, now: Instant): Span {
  const overlap = Math.max(600, 3 * traits.cadenceSeconds);
  const from = Math.min(coveredTo(traits, state, now) - overlap, lookBackTo(traits, state, now));
  const to = addSeconds(now, FUTURE_TOLERANCE_SECONDS);
  if (state.goOnFrom !== null && state.goOnFrom < to) return { from: state.goOnFrom, to };
  return { from: Math.max(from, now - traits.historySeconds) as Instant, to };
}

/** While nothing is stored, no further back than the person or the application said. */
function lookBackTo(traits: ProviderTraits, state: SourceState, now: Instant): number {
  const from = now - lookBackSeconds(traits.rePull, state.record.sourceId, state.lastGoodPollAt, now);
  if (state.coveredTo !== null) return from;
  return isHistoryRead(state.record) ? now : Math.max(from, state.record.backfill?.notBefore ?? -Infinity);
}

/** Without any reading: a day back, or where a backfill is about to bring the rest, from where that ends. */
function coveredTo(traits: ProviderTraits, state: SourceState, now: Instant): number {
  if (state.coveredTo !== null) return Math.min(state.coveredTo, now);
  const { backfill, phaseSince } = state.record;
  if (backfill !== null && isHistoryRead(state.record))
    return Math.min(backfill.span?.to ?? backfill.startedAt, now) - traits.publicationDelaySeconds;
  return Math.min(state.lastGoodPollAt ?? phaseSince, now) - traits.publicationDelaySeconds - SECONDS_PER_DAY;
}
