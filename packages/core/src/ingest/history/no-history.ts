import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { BackfillProgress } from "../../ports/source-record.ts";
import type { Instant } from "../../reading/instant.ts";
import type { SourceState } from "../source/source-state.ts";

/** Before a provider is asked again that says it has nothing. The last is for one that is known to have something. */
const WAITS_SECONDS = [600, 7_200, 86_400, 7 * 86_400] as const;
const WEEK_SECONDS = 7 * 86_400;
/** That often it says so, over eight days, before it is believed. */
const BELIEVED_AFTER_TIMES = WAITS_SECONDS.length + 1;

/**
 * In how long the provider is to be asked for history; `null`: it is not asked any more. `isDisproved`: a reading is stored that it should
 * have. What it said before that came is said anew.
 */
export function historyWaitSeconds(progress: BackfillProgress, isDisproved: boolean, now: Instant): number | null {
  const { nothing, span, finishedAt } = progress;
  if (nothing !== undefined && isDisproved && isNews(progress)) return 0;
  if (finishedAt !== null) return null;
  if (nothing === undefined || span !== null || nothing.lastAt > now) return 0;
  const waitSeconds = WAITS_SECONDS[nothing.times - 1] ?? WEEK_SECONDS;
  return Math.max(0, nothing.lastAt + waitSeconds - now);
}

/** Whether a reading is stored that the provider would have to have, had it any history of the time that is asked for. */
export function isNothingDisproved(state: SourceState, { provider, traits }: LoadedProvider, now: Instant): boolean {
  if (state.newest === null || provider.backfill === undefined) return false;
  return state.newest >= Math.max(now - traits.historySeconds, state.record.backfill?.notBefore ?? -Infinity);
}

/** The provider says that it has nothing, or says otherwise and shows nothing. */
export function afterNothing(progress: BackfillProgress, isDisproved: boolean, now: Instant): BackfillProgress {
  const isFirst = progress.nothing === undefined || (isDisproved && isNews(progress));
  const times = isFirst ? 1 : (progress.nothing?.times ?? 0) + 1;
  const isBelieved = !isDisproved && times >= BELIEVED_AFTER_TIMES;
  return { ...progress, span: null, finishedAt: isBelieved ? now : null, nothing: { times, lastAt: now, isDisproved } };
}

/** Nobody knew it when the provider was asked last. */
function isNews({ nothing, finishedAt }: BackfillProgress): boolean {
  return finishedAt !== null || nothing?.isDisproved === false;
}
