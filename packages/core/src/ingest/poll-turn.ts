import { err, ok, type Result } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { Instant, Span } from "../reading/instant.ts";
import { intervalOf } from "./due.ts";
import type { FetchedWindow, FetchFailed, UnreadableSlice } from "./fetch-window.ts";
import { type IngestDeps, nowOf } from "./ingest-deps.ts";
import { ask, piecesOf, pollWindow } from "./poll.ts";
import type { Publisher } from "./publisher.ts";
import { lastSlot } from "./slots.ts";
import { laterOf, type SourceState } from "./source-state.ts";

const NOTHING: FetchedWindow = { read: [], unreadable: [] };

/** Asks for what is new. Everything is stored when this answers; a poll that failed in the middle goes on where it was. */
export async function pollTurn(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  call: Call,
): Promise<Result<FetchedWindow, FetchFailed>> {
  const now = nowOf(deps.clock);
  const fetchPages = loaded.provider.poll?.fetchPages;
  if (fetchPages === undefined) return ok(NOTHING);
  state.servedSlot = lastSlot(state.record.sourceId, intervalOf(deps, loaded), now);
  const read: Span[] = [];
  const unreadable: UnreadableSlice[] = [];
  for (const window of piecesOf(pollWindow(loaded.traits, state, now), loaded.traits.maxWindowSeconds)) {
    const asked = await ask(deps, publisher, state, { loaded, fetchPages, window, purpose: "live" }, call);
    if (asked.isErr()) return err(asked.error);
    read.push(...asked.value.window.read);
    unreadable.push(...asked.value.window.unreadable);
    if (unreadable.length === 0) cover(state, window.to);
  }
  const first = unreadable[0];
  if (read.length === 0 && first !== undefined) return err({ at: "provider", error: { kind: "stop", message: first.message } });
  state.lastGoodPollAt = now;
  state.isPollOwed = false;
  return ok({ read, unreadable });
}

/** After what was unreadable is on record as a gap, it need not be asked for again. */
export function coverTurn(state: SourceState, { read, unreadable }: FetchedWindow): void {
  for (const { to } of [...read, ...unreadable]) cover(state, to);
}

/** What is newer than the newest reading may still be shown, however late; what a delivery brought from further ahead covers nothing. */
function cover(state: SourceState, to: Instant): void {
  if (state.newest !== null) state.coveredTo = laterOf(state.coveredTo, Math.min(to, state.newest) as Instant);
}
