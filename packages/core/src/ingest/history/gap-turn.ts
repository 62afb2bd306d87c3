import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { RecordedGap } from "../../ports/source-record.ts";
import { type Instant, SECONDS_PER_DAY, type Span } from "../../reading/instant.ts";
import { ask, shortestSliceSeconds } from "../asking/ask.ts";
import type { RenewingDeps } from "../asking/credentials.ts";
import { type FetchedWindow, type FetchFailed, NOTHING_FETCHED } from "../asking/fetch-window.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { nowOf } from "../source/ingest-deps.ts";
import type { SourceState } from "../source/source-state.ts";

/** Of one turn: whatever stays unreadable costs no more than this a day. */
const MOST_REQUESTS = 12;

/** What a turn of gaps came to; `failed` where it ended before its time. */
export interface GapTurn {
  readonly window: FetchedWindow;
  readonly failed: FetchFailed | null;
}

/**
 * Asks again for what could not be read, newest first, each span once. One that is still unreadable is halved after all others were asked
 * for, as far as requests are left: what can be read of it is no gap any more the next time.
 */
export async function gapTurn(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  recordedBefore: Instant,
  call: Call,
): Promise<GapTurn> {
  const gaps = state.record.gaps.filter(({ recordedAt }) => recordedAt < recordedBefore);
  const open = [...spansToAsk(gaps, loaded, nowOf(deps.clock))];
  let window = NOTHING_FETCHED;
  for (let requests = 0; requests < MOST_REQUESTS; requests++) {
    const span = open.shift();
    if (span === undefined) break;
    const asked = await askOnce(deps, publisher, state, loaded, span, call);
    if (asked.isErr()) return { window, failed: asked.error };
    if (asked.value) window = { ...window, read: [...window.read, span] };
    else if (span.to - span.from > shortestSliceSeconds(loaded.traits)) open.push(...halvesOf(span));
  }
  return { window, failed: null };
}

/** Whether it could be read. */
async function askOnce(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  window: Span,
  call: Call,
): Promise<Result<boolean, FetchFailed>> {
  const fetchPages = (loaded.provider.backfill ?? loaded.provider.poll)?.fetchPages;
  if (fetchPages === undefined) return ok(false);
  const request = { loaded, fetchPages, window, purpose: "backfill", isGap: true } as const;
  const asked = await ask(deps, publisher, state, request, call);
  return asked.isErr() ? err(asked.error) : ok(asked.value.window.unreadable.length === 0);
}

/** What the provider can still go back to, in requests that it takes. Every day begins with other gaps, so that none waits for ever. */
export function spansToAsk(gaps: readonly RecordedGap[], { traits }: Pick<LoadedProvider, "traits">, now: Instant): readonly Span[] {
  const earliest = now - traits.historySeconds;
  const spans = gaps.toReversed().flatMap(({ from, to }) => pieces(Math.max(from, earliest), to, traits.maxWindowSeconds));
  if (spans.length <= MOST_REQUESTS) return spans;
  const first = (Math.floor(now / SECONDS_PER_DAY) * MOST_REQUESTS) % spans.length;
  return [...spans.slice(first), ...spans.slice(0, first)];
}

/** Newest first. */
function pieces(from: number, to: number, maxSeconds: number): readonly Span[] {
  const spans: Span[] = [];
  for (let end = to; end > from; end -= maxSeconds) spans.push({ from: Math.max(from, end - maxSeconds) as Instant, to: end as Instant });
  return spans;
}

function halvesOf({ from, to }: Span): readonly [Span, Span] {
  const middle = (from + Math.ceil((to - from) / 2)) as Instant;
  return [
    { from: middle, to },
    { from, to: middle },
  ];
}
