import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { Credentials, FetchPages } from "../../ports/cgm-provider.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { ProviderTraits } from "../../ports/provider-traits.ts";
import { addSeconds, type Instant, type Span } from "../../reading/instant.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import type { SourceState } from "../source/source-state.ts";
import { type RenewingDeps, withCredentials } from "./credentials.ts";
import { type FetchedWindow, type FetchFailed, fetchWindow, type PageSink } from "./fetch-window.ts";
import { takePage } from "./take-page.ts";

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
