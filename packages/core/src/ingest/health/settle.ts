import { err, ok, type Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import { formatInstant, type Instant } from "../../reading/instant.ts";
import type { AllowanceUsedUp, FetchedWindow, FetchFailed } from "../asking/fetch-window.ts";
import { gapsAfter } from "../history/gaps.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { backoffMs, STOPPED_LONGEST_SECONDS } from "../source/backoff.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { writeRecord } from "../source/record-writes.ts";
import { atFirst, type Purpose, type SourceState } from "../source/source-state.ts";
import { setbackOf } from "./health.ts";
import { type Refused, whatFollows } from "./what-follows.ts";

/** While nothing new comes, a good answer is noted this seldom. */
const NOTE_SUCCESS_EVERY_SECONDS = 6 * 3600;

/** The provider answered: whatever was wrong is over. Written only if that is news, or nothing was written for six hours. */
export async function settleGood(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  purpose: Purpose,
  window: FetchedWindow | null,
  call: Call,
): Promise<Result<void, StoreError>> {
  const now = nowOf(deps.clock);
  state.lastGoodAt = now;
  Object.assign(state[purpose], { ...atFirst(), widestSeconds: 2 * state[purpose].widestSeconds });
  const isStillRefused = state.live.isRefused || state.history.isRefused;
  if (!isStillRefused) {
    state.owedHealth = null;
    state.setback = null;
  }
  const lastNoted = Math.max(state.record.lastSuccessAt ?? 0, state.lastCommitAt ?? 0);
  const isNoteDue = now - lastNoted >= NOTE_SUCCESS_EVERY_SECONDS;
  return changeHealth(deps, publisher, state, call, (record) => {
    const gaps = window === null ? record.gaps : gapsAfter(record.gaps, window, now);
    const isSame = record.health.kind === "ok" || isStillRefused || isRefusedSince(record, state);
    if (gaps === record.gaps && isSame && !isNoteDue) return record;
    return { ...record, gaps, health: isSame ? record.health : { kind: "ok", since: now }, lastSuccessAt: now };
  });
}

/** Another owner was refused after this one had asked: what came before does not make it good. */
function isRefusedSince({ health }: SourceRecord, { lastAskedAt }: SourceState): boolean {
  return health.kind === "needs_reconnect" && lastAskedAt !== null && lastAskedAt <= health.since;
}

/** The attempt failed: remembers when to try again, and writes how the source is if its kind is news. */
export async function settleFailed(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  purpose: Purpose,
  failed: FetchFailed,
  call: Call,
): Promise<Result<void, StoreError>> {
  switch (failed.at) {
    case "allowance":
      return allowanceUsedUp(deps, state, purpose, failed, call);
    case "claimed":
      return claimedByAnother(deps, publisher, state, purpose, failed, call);
    case "gone":
    // Nobody's failure: the same is asked for again at once.
    case "anew":
      return ok(undefined);
    case "store":
      // What is stored and cannot be read is mended by nobody's waiting.
      return failed.error.kind === "stop" && !state.isEnded
        ? refused(deps, publisher, state, purpose, { at: "store", error: failed.error }, call)
        : storeIsAway(deps, state, purpose, failed.error, call);
    case "vault":
    case "provider":
      return refused(deps, publisher, state, purpose, failed, call);
  }
}

/** Nobody's failure either, and soon over, unless the other one died of it: then readings wait, and that is told. */
async function claimedByAnother(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  purpose: Purpose,
  { waitMs, goesOnInMs }: Extract<FetchFailed, { readonly at: "claimed" }>,
  call: Call,
): Promise<Result<void, StoreError>> {
  const jitteredMs = Math.round(waitMs * (1 + deps.chance()));
  const attempts = state[purpose];
  attempts.notBeforeMs = deps.clock.monotonicMs() + jitteredMs;
  if (goesOnInMs === null) return ok(undefined);
  const isNews = state.setback === null;
  const nowMs = deps.clock.nowMs();
  const message = readingsWait(nowMs + goesOnInMs);
  const { health: before, phaseSince, sourceId, provider } = state.record;
  const since = before.kind === "failing" ? before.since : nowOf(deps.clock);
  const nextAttemptAt = Math.ceil((nowMs + jitteredMs) / 1000) as Instant;
  state.owedHealth = { health: { kind: "failing", since, attempts: Math.max(1, attempts.failures), message, nextAttemptAt }, phaseSince };
  state.setback = state.owedHealth;
  if (call.signal.aborted) return ok(undefined);
  if (isNews) deps.logger.warn({ source: sourceId, provider, wait_ms: goesOnInMs }, message);
  return writeOwedHealth(deps, publisher, state, call);
}

function readingsWait(untilMs: number): string {
  const time = formatInstant((Math.ceil(untilMs / 60_000) * 60) as Instant).slice(11, 16);
  return `Another process was renewing the access to the provider and did not come to an end. Readings wait until this is done; nothing is to be done by you: it goes on by itself by ${time} UTC.`;
}

const MOST_DOUBLINGS = 5;

/** Nobody's failure. What was found to be unreadable on the way is on record before anybody goes past it. */
async function allowanceUsedUp(
  deps: IngestDeps,
  state: SourceState,
  purpose: Purpose,
  { waitMs, isMidway, soFar, nextSeconds }: AllowanceUsedUp,
  call: Call,
): Promise<Result<void, StoreError>> {
  const attempts = state[purpose];
  // Whoever needs several calls would be cut short by the second again and again if it came back for each.
  const patience = isMidway ? 2 ** Math.min(++attempts.cutShort, MOST_DOUBLINGS) : 1;
  attempts.notBeforeMs = deps.clock.monotonicMs() + Math.round(waitMs * patience * (1 + deps.chance()));
  attempts.widestSeconds = Math.min(attempts.widestSeconds, nextSeconds);
  const noted = await writeRecord(deps, state, (record) => withGaps(record, gapsAfter(record.gaps, soFar, nowOf(deps.clock))), call);
  return noted.map(() => undefined);
}

function withGaps(record: SourceRecord, gaps: SourceRecord["gaps"]): SourceRecord {
  return gaps === record.gaps ? record : { ...record, gaps };
}

async function refused(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  purpose: Purpose,
  failed: Refused,
  call: Call,
): Promise<Result<void, StoreError>> {
  const { error } = failed;
  const attempts = state[purpose];
  attempts.failures++;
  attempts.isRefused = true;
  const { health, waitMs } = setbackOf(
    error,
    state.record.health,
    attempts.failures,
    deps.clock.nowMs(),
    deps.settings.backoff,
    deps.chance,
  );
  attempts.notBeforeMs = deps.clock.monotonicMs() + (waitMs ?? 0);
  // What the provider asks for holds for whatever it is asked.
  if (error.kind === "retry" && error.retryAfterMs !== undefined)
    state.live.notBeforeMs = Math.max(state.live.notBeforeMs, attempts.notBeforeMs);
  state.owedHealth = { health, phaseSince: state.record.phaseSince };
  state.setback = state.owedHealth;
  if (call.signal.aborted) return ok(undefined);
  const { sourceId, provider } = state.record;
  const fields = { source: sourceId, provider, attempts: attempts.failures, wait_ms: waitMs, reason: error.message };
  deps.logger.warn(fields, whatFollows(failed));
  return writeOwedHealth(deps, publisher, state, call);
}

/** Writes down how the source is, where that is news. A refusal that was not written down must not be forgotten. */
export async function writeOwedHealth(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  call: Call,
): Promise<Result<void, StoreError>> {
  const { owedHealth } = state;
  if (owedHealth === null) return ok(undefined);
  const written = await changeHealth(deps, publisher, state, call, (record) =>
    // That the person has to act stands, whatever another owner, who did not know it, has met with since.
    [owedHealth.health.kind, "needs_reconnect"].includes(record.health.kind) || record.phaseSince !== owedHealth.phaseSince
      ? record
      : { ...record, health: owedHealth.health },
  );
  if (written.isOk()) state.owedHealth = null;
  return written;
}

/** Nothing can be written down now; progress has not moved and the next attempt asks for the same again. */
function storeIsAway(deps: IngestDeps, state: SourceState, purpose: Purpose, error: StoreError, call: Call): Result<void, StoreError> {
  const attempts = state[purpose];
  attempts.failures++;
  attempts.notBeforeMs = deps.clock.monotonicMs() + backoffMs(deps.settings.backoff, attempts.failures, deps.chance);
  const fields = { source: state.record.sourceId, reason: error.message };
  if (!call.signal.aborted) deps.logger.warn(fields, "The store did not take a page; the same is asked for again.");
  return ok(undefined);
}

async function changeHealth(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  call: Call,
  change: (record: SourceRecord) => SourceRecord,
): Promise<Result<void, StoreError>> {
  const before = state.record.health.kind;
  const written = await writeRecord(deps, state, change, call);
  if (written.isErr()) return err(written.error);
  if (state.record.health.kind !== before) await publisher.tellState(state.record, call);
  return ok(undefined);
}

export function isAsked(record: SourceRecord): boolean {
  return record.phase === "connected" && record.health.kind !== "needs_reconnect";
}

/** Where an earlier owner was told to wait, its successor waits too, unless the clock has fallen back to before that: then nobody knows how long is left. */
export function inheritedWaitMs(record: SourceRecord, now: Instant): number {
  if (record.health.kind !== "failing" || now < record.health.since) return 0;
  return Math.min(Math.max(0, record.health.nextAttemptAt - now), STOPPED_LONGEST_SECONDS) * 1000;
}
