import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { RecordedGap } from "../../ports/source-record.ts";
import type { Instant, Span } from "../../reading/instant.ts";
import { ask } from "../asking/ask.ts";
import type { RenewingDeps } from "../asking/credentials.ts";
import { type FetchedWindow, type FetchFailed, NOTHING_FETCHED } from "../asking/fetch-window.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { nowOf } from "../source/ingest-deps.ts";
import { laterOf, type SourceState } from "../source/source-state.ts";
import { pollWindow } from "./poll-window.ts";
import { intervalOf, lastSlot } from "./slots.ts";

/**
 * Asks for what is new, oldest first: what is missing behind the newest reading would not be asked for again. Everything is stored when this
 * answers; a poll that failed in the middle goes on where it was.
 */
export async function pollTurn(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  call: Call,
): Promise<Result<FetchedWindow, FetchFailed>> {
  const now = nowOf(deps.clock);
  const beganMs = deps.clock.monotonicMs();
  const fetchPages = loaded.provider.poll?.fetchPages;
  if (fetchPages === undefined) return ok(NOTHING_FETCHED);
  // From here on, whoever asks for a poll knows of something that this one may have missed.
  state.isPollOwed = false;
  state.servedSlot = lastSlot(state.record.sourceId, intervalOf(deps, loaded), now);
  const whole = pollWindow(loaded.traits, state, now);
  let soFar = NOTHING_FETCHED;
  for (let from = whole.from; from < whole.to; ) {
    const reach = { from, to: Math.min(from + widestOf(state, loaded), whole.to) as Instant };
    const { window, isGap } = nextPart(state.record.gaps, reach);
    const asked = await ask(deps, publisher, state, { loaded, fetchPages, window, purpose: "live", isGap }, call);
    if (asked.isErr()) return err(withSoFar(asked.error, soFar));
    soFar = together(soFar, asked.value.window);
    if (soFar.unreadable.length === 0) cover(state, window.to);
    from = window.to;
    state.live.widestSeconds *= 2;
    state.live.cutShort = 0;
  }
  const first = soFar.unreadable[0];
  if (soFar.read.length === 0 && first !== undefined) return err({ at: "provider", error: { kind: "stop", message: first.message } });
  state.lastGoodPollAt = now;
  deps.recentPolls.note(state.record.sourceId, beganMs);
  return ok(soFar);
}

/** What is on record as a gap is asked for by itself, and once: what lies around it need not be halved all over again to find it. */
function nextPart(gaps: readonly RecordedGap[], reach: Span): { readonly window: Span; readonly isGap: boolean } {
  const gap = gaps.find(({ to }) => to > reach.from);
  if (gap === undefined || gap.from >= reach.to) return { window: reach, isGap: false };
  if (gap.from > reach.from) return { window: { from: reach.from, to: gap.from }, isGap: false };
  return { window: { from: reach.from, to: Math.min(gap.to, reach.to) as Instant }, isGap: true };
}

function widestOf({ live }: SourceState, { traits }: LoadedProvider): number {
  return Math.min(traits.maxWindowSeconds, live.widestSeconds);
}

function withSoFar(failed: FetchFailed, before: FetchedWindow): FetchFailed {
  return failed.at === "allowance" ? { ...failed, soFar: together(before, failed.soFar) } : failed;
}

function together(a: FetchedWindow, b: FetchedWindow): FetchedWindow {
  return { read: [...a.read, ...b.read], unreadable: [...a.unreadable, ...b.unreadable] };
}

/** After what was unreadable is on record as a gap, it need not be asked for again. Answers up to where that is. */
export function coverTurn(state: SourceState, { read, unreadable }: FetchedWindow): Instant | null {
  let end: Instant | null = null;
  for (const { to } of [...read, ...unreadable]) {
    cover(state, to);
    end = laterOf(end, to);
  }
  return end;
}

/** What is newer than the newest reading may still be shown, however late; what a delivery brought from further ahead covers nothing. */
function cover(state: SourceState, to: Instant): void {
  if (state.newest !== null) state.coveredTo = laterOf(state.coveredTo, Math.min(to, state.newest) as Instant);
}
