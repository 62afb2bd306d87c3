import type { Result } from "neverthrow";
import { isHistoryRead } from "../connection/history-read.ts";
import { providerOf } from "../connection/provider-of.ts";
import type { Call } from "../ports/call.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { Instant } from "../reading/instant.ts";
import { isRenewalWanted, type RenewingDeps, usableCredentials } from "./asking/credentials.ts";
import { type FetchedWindow, type FetchFailed, NOTHING_FETCHED } from "./asking/fetch-window.ts";
import { pushTurn } from "./deliveries/push-turn.ts";
import { isBackfillDue, isPollDue } from "./due.ts";
import { isAsked, settleFailed, settleGood } from "./health/settle.ts";
import { warnIfUnwritten } from "./health/warn-if-unwritten.ts";
import { type BackfillTurn, backfillTurn } from "./history/backfill.ts";
import { gapTurn } from "./history/gap-turn.ts";
import { areGapsDue } from "./history/gaps.ts";
import { coverTurn, pollTurn } from "./polling/poll-turn.ts";
import type { Publisher } from "./publishing/publisher.ts";
import { raiseOpenFrom } from "./recovery/recover.ts";
import { nowOf } from "./source/ingest-deps.ts";
import { learnTraits } from "./source/learn-traits.ts";
import type { Purpose, SourceState } from "./source/source-state.ts";

/** Does what is due for a source that lives, and writes down how it is after each part. */
export async function tendLiving(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  purpose: Purpose,
  call: Call,
): Promise<void> {
  const loaded = deps.providers.get(state.record.provider);
  if (loaded !== undefined && isAsked(state.record)) await learnTraits(deps, state, loaded, call);
  if (state.isEnded) return;
  const provider = providerOf(deps.providers, state.record);
  if (provider !== undefined && isAsked(state.record)) await doWhatIsDue(deps, publisher, state, provider, purpose, call);
  if (provider !== undefined && isAsked(state.record) && !state.isEnded)
    warnIfUnwritten(deps, state, await pushTurn(deps, publisher, state, provider, call));
  if (!isHistoryRead(state.record) || !isAsked(state.record))
    warnIfUnwritten(deps, state, await raiseOpenFrom(deps, publisher, state, call));
}

async function doWhatIsDue(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  provider: LoadedProvider,
  purpose: Purpose,
  call: Call,
): Promise<void> {
  if (isPollDue(deps, state, provider)) await poll(deps, publisher, state, provider, call);
  else if (purpose === "history" && isBackfillDue(deps, state, provider)) await backfill(deps, publisher, state, provider, call);
  else if (isRenewalWanted(deps, state, provider)) await keepGrant(deps, publisher, state, provider, call);
}

/** Of a source that is asked for nothing now. */
async function keepGrant(deps: RenewingDeps, publisher: Publisher, state: SourceState, loaded: LoadedProvider, call: Call): Promise<void> {
  const kept = await usableCredentials(deps, state, loaded, call);
  if (kept.isErr()) warnIfUnwritten(deps, state, await settleFailed(deps, publisher, state, "live", kept.error, call));
  // Where nothing is ever polled, nothing else shows that the provider answers again.
  else if (kept.value.isNew && loaded.provider.poll === undefined)
    warnIfUnwritten(deps, state, await settleGood(deps, publisher, state, "live", null, call));
}

async function poll(deps: RenewingDeps, publisher: Publisher, state: SourceState, loaded: LoadedProvider, call: Call): Promise<void> {
  const begun = nowOf(deps.clock);
  const isDue = areGapsDue(state.record, state.lastGoodPollAt, begun);
  const turn = await pollTurn(deps, publisher, state, loaded, call);
  if (turn.isErr()) state.isPollOwed = true;
  const settled = turn.isErr()
    ? await settleFailed(deps, publisher, state, "live", turn.error, call)
    : await settleGood(deps, publisher, state, "live", turn.value, call);
  warnIfUnwritten(deps, state, settled);
  const doneTo = settled.isOk() ? coverTurn(state, doneOf(turn)) : null;
  state.goOnFrom = turn.isOk() ? null : (doneTo ?? state.goOnFrom);
  if (isDue && turn.isOk() && settled.isOk()) await askForGaps(deps, publisher, state, loaded, begun, call);
}

/** Whatever comes of it, the poll before it was good. A gap that nobody has a call for waits until tomorrow. */
async function askForGaps(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  begun: Instant,
  call: Call,
): Promise<void> {
  const { window, failed } = await gapTurn(deps, publisher, state, loaded, begun, call);
  if (window.read.length > 0) warnIfUnwritten(deps, state, await settleGood(deps, publisher, state, "live", window, call));
  if (failed !== null && failed.at !== "allowance")
    warnIfUnwritten(deps, state, await settleFailed(deps, publisher, state, "live", failed, call));
}

async function backfill(deps: RenewingDeps, publisher: Publisher, state: SourceState, loaded: LoadedProvider, call: Call): Promise<void> {
  const turn = await backfillTurn(deps, publisher, state, loaded, call);
  const settled = turn.isErr()
    ? await settleFailed(deps, publisher, state, "history", turn.error, call)
    : await settleGood(deps, publisher, state, "history", null, call);
  warnIfUnwritten(deps, state, settled);
  const came = turn.isOk() ? WHAT_CAME[turn.value.came] : null;
  if (came !== null) deps.logger.info({ source: state.record.sourceId, provider: state.record.provider }, came);
}

const WHAT_CAME: Readonly<Record<BackfillTurn["came"], string | null>> = {
  part: null,
  all: "The history of this source is stored.",
  nothing:
    "The provider says that it has no history of this source. Before that is believed it is asked again, some times within eight days.",
  nothing_for_good: "The provider has no history of this source: it has said so for days. Should a reading come, it is asked again.",
};

/** What need not be asked for again, once what was unreadable of it is on record. */
function doneOf(turn: Result<FetchedWindow, FetchFailed>): FetchedWindow {
  if (turn.isOk()) return turn.value;
  return turn.error.at === "allowance" ? turn.error.soFar : NOTHING_FETCHED;
}
