import { err, ok, type Result } from "neverthrow";
import { userErasedAgainEvent, userErasedEvent } from "../../connection/connection-events.ts";
import type { Call } from "../../ports/call.ts";
import type { EndedSource, SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { SourceId, UserId } from "../../reading/identifiers.ts";
import { addSeconds, type Instant } from "../../reading/instant.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";

/** What was in flight when a source was erased has landed by then. */
const SWEEPS_AFTER_SECONDS = [0, 3_600, 86_400] as const;
const TELL_AGAIN_SECONDS = 300;

/** When the next sweep of a record's ended sources is due, `null` if none is left to do. */
export function nextSweepAt(record: SourceRecord): Instant | null {
  const times = record.ended.map(dueAt);
  return times.length === 0 ? null : (Math.min(...times) as Instant);
}

/** A sweep of which the bus could not be told is made again before the next one. */
function dueAt({ endedAt, isAnnounced, sweptAt }: EndedSource): Instant {
  if (sweptAt === null) return endedAt;
  const after = SWEEPS_AFTER_SECONDS.find((each) => sweptAt < endedAt + each) ?? Infinity;
  const againAt = isAnnounced ? Infinity : sweptAt + TELL_AGAIN_SECONDS;
  return Math.min(endedAt + after, againAt) as Instant;
}

const NOBODY: ReadonlySet<SourceId> = new Set();

/** `told`: of whose end the bus has heard just now. */
export async function sweepIfDue(
  deps: IngestDeps,
  publisher: Publisher,
  record: SourceRecord,
  call: Call,
  told = NOBODY,
): Promise<Result<SourceRecord, StoreError>> {
  const next = nextSweepAt(record);
  return next === null || next > nowOf(deps.clock) ? ok(record) : sweep(deps, publisher, record, told, call);
}

/**
 * Deletes what ended sources left or what landed since, as far as a sweep is due; after the last sweep they are forgotten, and a tombstone with
 * them.
 */
async function sweep(
  deps: IngestDeps,
  publisher: Publisher,
  record: SourceRecord,
  told: ReadonlySet<SourceId>,
  call: Call,
): Promise<Result<SourceRecord, StoreError>> {
  const now = nowOf(deps.clock);
  const left: EndedSource[] = [];
  for (const ended of record.ended) {
    if (dueAt(ended) > now) {
      left.push(ended);
      continue;
    }
    const deleted = await deleteAll(deps, record.userId, ended.sourceId, call);
    if (deleted.isErr()) return err(deleted.error);
    const isTold =
      ended.neverLived === true || told.has(ended.sourceId) || (await announceEnded(publisher, record.userId, ended, now, call));
    const swept = { ...ended, isAnnounced: isTold, sweptAt: now };
    if (!isTold || now < addSeconds(ended.endedAt, SWEEPS_AFTER_SECONDS[2])) left.push(swept);
  }
  return left.length === 0 && record.phase === "erased" ? remove(deps, record, call) : replaceEnded(deps, record, left, call);
}

/** Nothing is left of the person but this: their name. */
async function remove(deps: IngestDeps, record: SourceRecord, call: Call): Promise<Result<SourceRecord, StoreError>> {
  const removed = await deps.connections.removeRecord(record.userId, record.provider, record.version, call);
  if (removed.isErr()) return err(removed.error);
  return removed.value.kind === "written" ? ok({ ...record, ended: [] }) : asItIs(deps, record, call);
}

/**
 * Of what was in flight the bus may have heard after it heard of the end: at every later sweep it is told once more, as of something new, whether or
 * not something had landed. Whoever died between the deleting and the telling could not say any more.
 */
async function announceEnded(
  publisher: Publisher,
  userId: UserId,
  { sourceId, endedAt }: EndedSource,
  now: Instant,
  call: Call,
): Promise<boolean> {
  const after = SWEEPS_AFTER_SECONDS.findLast((each) => endedAt + each <= now) ?? 0;
  const event =
    after === 0 ? userErasedEvent(userId, [sourceId], endedAt) : userErasedAgainEvent(userId, sourceId, addSeconds(endedAt, after));
  return publisher.announce([event], call);
}

async function deleteAll(deps: IngestDeps, userId: UserId, sourceId: SourceId, call: Call): Promise<Result<void, StoreError>> {
  const days = await deps.readings.eraseSource(userId, sourceId, call);
  if (days.isErr()) return err(days.error);
  const secrets = await deps.connections.eraseSource({ userId, sourceId }, call);
  if (secrets.isErr()) return err(secrets.error);
  const deliveries = await deps.queue.eraseSource(sourceId, call);
  return deliveries.mapErr(({ message }): StoreError => ({ kind: "retry", message }));
}

/** If the record changed meanwhile, nothing is noted and the sweep is simply due again, over the record as it is now. */
async function replaceEnded(
  deps: IngestDeps,
  record: SourceRecord,
  ended: readonly EndedSource[],
  call: Call,
): Promise<Result<SourceRecord, StoreError>> {
  const next = { ...record, ended, version: record.version + 1 };
  const written = await deps.connections.replaceRecord(next, record.version, call);
  if (written.isErr()) return err(written.error);
  return written.value.kind === "written" ? ok(next) : asItIs(deps, record, call);
}

async function asItIs(deps: IngestDeps, record: SourceRecord, call: Call): Promise<Result<SourceRecord, StoreError>> {
  const records = await deps.connections.recordsOf(record.userId, call);
  return records.map((all) => all.find(({ provider }) => provider === record.provider) ?? { ...record, ended: [] });
}
