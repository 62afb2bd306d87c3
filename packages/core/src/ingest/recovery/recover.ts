import { err, ok, type Result } from "neverthrow";
import { providerOf } from "../../connection/provider-of.ts";
import { decodeDay } from "../../day/codec/day-codec.ts";
import { instantAt } from "../../day/columns.ts";
import { currentVersions } from "../../day/current.ts";
import { type DayLog, versionOf } from "../../day/day-log.ts";
import type { Call } from "../../ports/call.ts";
import type { StoreError } from "../../ports/store-error.ts";
import { type Day, type DaySpan, EVERY_DAY, type Instant, startOf } from "../../reading/instant.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { HOLE_CADENCES } from "../source/hole-cadences.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";
import { refreshRecord } from "../source/record-writes.ts";
import { laterOf, type SourceState } from "../source/source-state.ts";
import { raiseTarget } from "./open-from.ts";

/**
 * Taking a source over: reads its days from `openFrom` on, publishes what an earlier owner may have left unpublished, and learns what is
 * newest and where the first hole is. Days ahead of today exist where a clock was ahead.
 */
export async function recover(deps: IngestDeps, publisher: Publisher, state: SourceState, call: Call): Promise<Result<void, StoreError>> {
  const first = state.record.openFrom.day;
  const logs = await readLogs(deps, state, { first, last: EVERY_DAY.last }, call);
  if (logs.isErr()) return err(logs.error);
  const instants = logs.value.flatMap(instantsOf);
  const longestStep = HOLE_CADENCES * (providerOf(deps.providers, state.record)?.traits.cadenceSeconds ?? 0);
  if (instants[0] === undefined || instants[0] - startOf(first) > longestStep) {
    const older = await newestBefore(deps, state, first, call);
    if (older.isErr()) return err(older.error);
    if (older.value !== null) instants.unshift(...instantsOf(older.value).slice(-1));
    if (older.value !== null && logs.value.length === 0) learn(state, older.value);
  }
  for (const log of logs.value) learn(state, log);
  state.newest = laterOf(state.newest, instants.at(-1) ?? null);
  state.coveredTo = endOfFirstRun(instants, longestStep);
  state.lastGoodPollAt = state.lastLiveCommitAt;
  await publisher.publish(
    state.record,
    logs.value.filter((log) => isOpen(publisher, state, log)),
    call,
  );
  state.isRecovered = true;
  return ok(undefined);
}

/**
 * Once a day: reads the days from `openFrom` up to yesterday, publishes what is above `published`, and if all of it reached the bus,
 * raises `openFrom` to yesterday, over the very version of the record under which the days were read.
 */
export async function raiseOpenFrom(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  call: Call,
): Promise<Result<void, StoreError>> {
  const now = nowOf(deps.clock);
  if (raiseTarget(state.record.openFrom, state.newest, now) === null || publisher.isWaiting(state.record.sourceId)) return ok(undefined);
  const record = await refreshRecord(deps, state, call);
  if (record.isErr()) return err(record.error);
  publisher.forgetBefore(record.value.sourceId, record.value.openFrom.day);
  const target = raiseTarget(record.value.openFrom, state.newest, now);
  if (target === null) return ok(undefined);
  const logs = await readLogs(deps, state, { first: record.value.openFrom.day, last: (target - 1) as Day }, call);
  if (logs.isErr()) return err(logs.error);
  await publisher.publish(
    state.record,
    logs.value.filter((log) => isOpen(publisher, state, log)),
    call,
  );
  if (logs.value.some((log) => isOpen(publisher, state, log))) return ok(undefined);
  return raiseTo(deps, publisher, state, target, call);
}

async function raiseTo(
  deps: IngestDeps,
  publisher: Publisher,
  state: SourceState,
  target: Day,
  call: Call,
): Promise<Result<void, StoreError>> {
  deps.checkpoint("open_from.before_raise");
  const next = { ...state.record, openFrom: { day: target, loweredAt: null }, version: state.record.version + 1 };
  const raised = await deps.connections.replaceRecord(next, state.record.version, call);
  if (raised.isErr()) return err(raised.error);
  if (raised.value.kind === "written") {
    deps.checkpoint("open_from.after_raise");
    state.record = next;
    state.recordReadMs = deps.clock.monotonicMs();
    publisher.forgetBefore(state.record.sourceId, target);
  }
  return ok(undefined);
}

function isOpen(publisher: Publisher, state: SourceState, log: DayLog): boolean {
  return publisher.publishedOf(state.record.sourceId, log.day, log.published) < versionOf(log);
}

async function readLogs(deps: IngestDeps, state: SourceState, span: DaySpan, call: Call): Promise<Result<readonly DayLog[], StoreError>> {
  const logs: DayLog[] = [];
  for await (const day of deps.readings.days(state.record.userId, span, { order: "ascending", consistency: "strong" }, call)) {
    if (day.isErr()) return err(day.error);
    if (day.value.sourceId !== state.record.sourceId) continue;
    const log = decodeDay(day.value.bytes, day.value.day);
    if (log.isErr()) return err({ kind: "stop", message: log.error.message });
    logs.push(log.value);
  }
  return ok(logs);
}

/** How far back to look for the newest reading of a source that was silent for long. */
const SILENT_DAYS = 400;

async function newestBefore(deps: IngestDeps, state: SourceState, before: Day, call: Call): Promise<Result<DayLog | null, StoreError>> {
  const span = { first: (before - SILENT_DAYS) as Day, last: (before - 1) as Day };
  for await (const day of deps.readings.days(state.record.userId, span, { order: "descending", consistency: "strong" }, call)) {
    if (day.isErr()) return err(day.error);
    if (day.value.sourceId !== state.record.sourceId) continue;
    return decodeDay(day.value.bytes, day.value.day).mapErr((error) => ({ kind: "stop", message: error.message }));
  }
  return ok(null);
}

function learn(state: SourceState, log: DayLog): void {
  for (const { receivedAt, askedAt, arrival } of log.commits) {
    state.lastCommitAt = laterOf(state.lastCommitAt, receivedAt);
    if (arrival !== "backfill") state.lastLiveCommitAt = laterOf(state.lastLiveCommitAt, receivedAt);
    state.lastAskedAt = laterOf(state.lastAskedAt, askedAt);
  }
}

function instantsOf(log: DayLog): Instant[] {
  return Array.from(currentVersions(log.columns), (index) => instantAt(log.columns, index, log.day));
}

/**
 * Up to where the readings follow one another. What is missing behind it may never have been asked for: an earlier owner may have died
 * between two pages, or deliveries were lost while nobody was there to take them.
 */
function endOfFirstRun(instants: readonly Instant[], longestStep: number): Instant | null {
  const end = instants.findIndex((at, i) => (instants[i + 1] ?? at) - at > longestStep);
  return instants.at(end) ?? null;
}
