import { err, ok, type Result } from "neverthrow";
import { isHistoryRead } from "../connection/history-read.ts";
import { FUTURE_TOLERANCE_SECONDS, normalize } from "../normalize/normalize.ts";
import type { Call } from "../ports/call.ts";
import type { Credentials, FetchPages, ProviderPage } from "../ports/cgm-provider.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { ProviderTraits } from "../ports/provider-traits.ts";
import { addSeconds, type Instant, SECONDS_PER_DAY, type Span } from "../reading/instant.ts";
import { type CommittedPage, commitPage } from "./commit-page.ts";
import { type RenewingDeps, withCredentials } from "./credentials.ts";
import { type FetchedWindow, type FetchFailed, fetchWindow, type PageSink } from "./fetch-window.ts";
import { type IngestDeps, nowOf } from "./ingest-deps.ts";
import { ownAccount } from "./own-account.ts";
import type { Publisher } from "./publisher.ts";
import { lookBackSeconds } from "./re-pull.ts";
import type { SourceState } from "./source-state.ts";

/** What asking a provider for a window came to. */
export interface Asked {
  readonly added: number;
  readonly window: FetchedWindow;
}

export interface Ask {
  readonly loaded: LoadedProvider;
  readonly fetchPages: FetchPages;
  readonly window: Span;
  readonly purpose: "live" | "backfill";
  /** Could not be read before: it is asked for once and not in parts, and what it brings is late, not history. */
  readonly isGap?: boolean;
}

/** Of the usual distance between two readings: more than this is a hole. */
export const HOLE_CADENCES = 1.5;

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

/** Asks a provider for a window; everything that came is stored, and published if the bus is there, when this answers. */
export async function ask(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  request: Ask,
  call: Call,
): Promise<Result<Asked, FetchFailed>> {
  return withCredentials(deps, state, request.loaded, (credentials) => askWith(deps, publisher, state, request, credentials, call), call);
}

async function askWith(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  request: Ask,
  credentials: Credentials,
  call: Call,
): Promise<Result<Asked, FetchFailed>> {
  let added = 0;
  const { loaded, isGap = false, ...rest } = request;
  const isBackfill = request.purpose === "backfill" && !isGap;
  const { phaseSince } = state.record;
  const sink: PageSink = {
    askedAt: () => nextAskedAt(deps, state),
    async take(page, askedAt) {
      deps.checkpoint("poll.after_fetch");
      const taken = await takePage(deps, publisher, state, page, { askedAt, isBackfill, phaseSince }, call);
      if (taken.isErr()) return err(taken.error);
      added += taken.value.added;
      return ok(undefined);
    },
  };
  const window = { ...rest, user: state.record, credentials, shortestSliceSeconds: shortestSliceSeconds(loaded.traits), isOnce: isGap };
  deps.checkpoint("poll.before_fetch");
  const fetched = await fetchWindow(window, deps.budget, sink, call);
  return fetched.map((parts) => ({ added, window: parts }));
}

export function shortestSliceSeconds({ cadenceSeconds }: ProviderTraits): number {
  return Math.max(300, cadenceSeconds);
}

/** Requests of a source count upward even within one second, and even if the clock falls back: the later one has the last word. */
function nextAskedAt(deps: IngestDeps, state: SourceState): Instant {
  const now = nowOf(deps.clock);
  state.lastAskedAt = state.lastAskedAt === null || now > state.lastAskedAt ? now : addSeconds(state.lastAskedAt, 1);
  return state.lastAskedAt;
}

/** How a page came. `phaseSince`: since when the source was connected when it was asked for. */
interface PageArrival {
  readonly askedAt: Instant;
  readonly isBackfill: boolean;
  readonly phaseSince: Instant;
}

/** Normalises, stores and publishes one page. */
export async function takePage(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  page: ProviderPage,
  { phaseSince, ...how }: PageArrival,
  call: Call,
): Promise<Result<CommittedPage, FetchFailed>> {
  const own = await ownAccount(deps, state, page, phaseSince, call);
  if (own.isErr()) return err(own.error);
  const { readings, setAside } = normalize(page.readings, page.rejected, nowOf(deps.clock));
  const committed = await commitPage(deps, publisher, state, { readings, setAside, ...how }, call);
  if (committed.isErr()) return err({ at: "store", error: committed.error });
  await publisher.publish(state.record, committed.value.logs, call);
  return ok(committed.value);
}
