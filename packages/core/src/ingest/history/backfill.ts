import { err, ok, type Result } from "neverthrow";
import { FUTURE_TOLERANCE_SECONDS } from "../../normalize/normalize.ts";
import type { Call } from "../../ports/call.ts";
import type { Credentials } from "../../ports/cgm-provider.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { BackfillProgress, SourceRecord } from "../../ports/source-record.ts";
import { type Day, dayOf, type Instant, type Span, startOf } from "../../reading/instant.ts";
import { ask } from "../asking/ask.ts";
import { type RenewingDeps, withCredentials } from "../asking/credentials.ts";
import { type FetchedWindow, type FetchFailed, NOTHING_FETCHED } from "../asking/fetch-window.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { writeRecord } from "../source/record-writes.ts";
import type { SourceState } from "../source/source-state.ts";
import { gapsAfter } from "./gaps.ts";
import { afterNothing, isNothingDisproved } from "./no-history.ts";

/** What one turn of a backfill came to. */
export interface BackfillTurn {
  readonly added: number;
  /** `nothing`: the provider says that it has none, which is to be confirmed. */
  readonly came: "part" | "all" | "nothing" | "nothing_for_good";
}

/**
 * One window of the history, newest first; progress is recorded after everything of the window is stored. The first turn asks the
 * provider what it has, and so does each turn after it has said that it has nothing.
 */
export async function backfillTurn(
  deps: RenewingDeps,
  publisher: Publisher,
  state: SourceState,
  loaded: LoadedProvider,
  call: Call,
): Promise<Result<BackfillTurn, FetchFailed>> {
  const progress = state.record.backfill;
  const backfill = loaded.provider.backfill;
  if (progress === null) return ok({ added: 0, came: "all" });
  if (backfill === undefined)
    return recordExtent(deps, state, progress, { ...saidSomething(progress), finishedAt: nowOf(deps.clock) }, call);
  if (progress.span === null) return anchor(deps, state, loaded, progress, call);
  const window = nextWindow(progress.span, Math.min(loaded.traits.maxWindowSeconds, state.history.widestSeconds));
  const asked = await ask(deps, publisher, state, { loaded, fetchPages: backfill.fetchPages, window, purpose: "backfill" }, call);
  if (asked.isErr()) return err(asked.error);
  deps.checkpoint("backfill.after_window");
  const came = { startedAt: progress.startedAt, window, fetched: asked.value.window };
  return recordProgress(deps, state, loaded, came, call).then((done) =>
    done.map((record) => ({ added: asked.value.added, came: cameOf(record.backfill) })),
  );
}

/** Day-aligned where that fits the widest request: a day is then written once. */
export function nextWindow(span: NonNullable<BackfillProgress["span"]>, maxWindowSeconds: number): Span {
  const earliest = span.doneFrom - maxWindowSeconds;
  const aligned = startOf((dayOf((earliest - 1) as Instant) + 1) as Day);
  const from = aligned < span.doneFrom ? aligned : earliest;
  return { from: Math.max(from, span.from) as Instant, to: span.doneFrom };
}

async function anchor(
  deps: RenewingDeps,
  state: SourceState,
  loaded: LoadedProvider,
  progress: BackfillProgress,
  call: Call,
): Promise<Result<BackfillTurn, FetchFailed>> {
  const available = await withCredentials(
    deps,
    state,
    loaded,
    (credentials) => availableSpan(deps, state, loaded, credentials, call),
    call,
  );
  if (available.isErr()) return err(available.error);
  const now = nowOf(deps.clock);
  const span = available.value === null ? null : clamp(available.value, progress, loaded.traits.historySeconds, now);
  const next = span === null ? afterNothing(progress, isNothingDisproved(state, loaded, now), now) : begun(progress, span);
  return recordExtent(deps, state, progress, next, call);
}

/** What was said of nothing is remembered until something has come. */
function begun(progress: BackfillProgress, span: Span): BackfillProgress {
  return { ...progress, finishedAt: null, span: { ...span, doneFrom: span.to } };
}

function saidSomething({ nothing: _, ...progress }: BackfillProgress): BackfillProgress {
  return progress;
}

function cameOf(progress: BackfillProgress | null): BackfillTurn["came"] {
  if (progress === null || progress.span !== null || progress.nothing === undefined) return progress?.finishedAt === null ? "part" : "all";
  return progress.finishedAt === null ? "nothing" : "nothing_for_good";
}

/** A backfill that somebody else began, finished or asked for meanwhile is left as it is. */
async function recordExtent(
  deps: IngestDeps,
  state: SourceState,
  progress: BackfillProgress,
  next: BackfillProgress,
  call: Call,
): Promise<Result<BackfillTurn, FetchFailed>> {
  const isMeant = ({ backfill }: SourceRecord) =>
    backfill?.startedAt === progress.startedAt && backfill.span === null && backfill.nothing?.lastAt === progress.nothing?.lastAt;
  const written = await writeRecord(deps, state, (record) => (isMeant(record) ? { ...record, backfill: next } : record), call);
  if (written.isErr()) return err({ at: "store", error: written.error });
  return ok({ added: 0, came: cameOf(next) });
}

async function availableSpan(
  deps: IngestDeps,
  state: SourceState,
  loaded: LoadedProvider,
  credentials: Credentials,
  call: Call,
): Promise<Result<Span | null, FetchFailed>> {
  if (loaded.provider.backfill === undefined) return ok(null);
  const lease = await deps.budget.take(state.record, "backfill");
  if (lease.kind === "wait")
    return err({ at: "allowance", waitMs: lease.waitMs, isMidway: false, soFar: NOTHING_FETCHED, nextSeconds: Infinity });
  const available = await loaded.provider.backfill.availableSpan(credentials, call);
  return available.isOk() ? ok(available.value) : err({ at: "provider", error: available.error });
}

/**
 * From the start of the first day on, so that its windows are whole days; up to where it was begun at least, because polls begin there, even
 * if the clock has fallen back since.
 */
function clamp(available: Span, progress: BackfillProgress, historySeconds: number, now: Instant): Span | null {
  const earliest = Math.max(available.from, now - historySeconds, progress.notBefore ?? -Infinity) as Instant;
  const from = startOf(dayOf(earliest));
  const to = Math.min(available.to, Math.max(now, progress.startedAt) + FUTURE_TOLERANCE_SECONDS) as Instant;
  return from < to ? { from, to } : null;
}

async function recordProgress(
  deps: IngestDeps,
  state: SourceState,
  loaded: LoadedProvider,
  came: Came,
  call: Call,
): Promise<Result<SourceRecord, FetchFailed>> {
  const now = nowOf(deps.clock);
  const isDisproved = isNothingDisproved(state, loaded, now);
  const change = (record: SourceRecord) => progressed(record, { newest: state.newest, isDisproved }, came, now);
  const written = await writeRecord(deps, state, change, call);
  if (written.isErr()) return err({ at: "store", error: written.error });
  deps.checkpoint("backfill.after_progress");
  return ok(written.value);
}

/** What came of a window. `startedAt`: of the backfill that asked. */
interface Came {
  readonly startedAt: Instant;
  readonly window: Span;
  readonly fetched: FetchedWindow;
}

/** `isDisproved`: the provider should have a reading that is stored, though it may say that what it has begins later. */
interface Stored {
  readonly newest: Instant | null;
  readonly isDisproved: boolean;
}

/**
 * Progress is of the very backfill that asked; one that was begun anew meanwhile is left as it is. A provider that says it has something, and
 * of which nothing is stored when all of it was read, has shown nothing.
 */
function progressed(record: SourceRecord, stored: Stored, { startedAt, window, fetched }: Came, now: Instant): SourceRecord {
  const backfill = record.backfill;
  if (backfill?.startedAt !== startedAt || backfill.span?.doneFrom !== window.to) return record;
  const gaps = gapsAfter(record.gaps, fetched, now);
  const span = { ...backfill.span, doneFrom: window.from };
  if (window.from > span.from) return { ...record, gaps, backfill: { ...backfill, finishedAt: null, span } };
  const isNothing = (stored.newest ?? -Infinity) < span.from && gaps.length === 0;
  return {
    ...record,
    gaps,
    backfill: isNothing ? afterNothing(backfill, stored.isDisproved, now) : { ...saidSomething(backfill), finishedAt: now, span },
  };
}
