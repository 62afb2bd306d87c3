import { err, ok, type Result } from "neverthrow";
import { userErasedAgainEvent, userErasedEvent } from "../../connection/connection-events.ts";
import type { Call } from "../../ports/call.ts";
import { MOST_ATTEMPTS } from "../../ports/most-attempts.ts";
import type { EndedSource, SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { ProviderName, SourceId, UserId } from "../../reading/identifiers.ts";
import { addSeconds, type Instant } from "../../reading/instant.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";

/** What was in flight when a source was erased has landed by then. */
const SWEEPS_AFTER_SECONDS = [0, 3_600, 86_400] as const;
const TELL_AGAIN_SECONDS = 300;

/**
 * From here on nobody sees a byte of these readings. Answers the tombstone, an earlier one too if what it left was never deleted; `null` if
 * there is nothing of the provider to erase.
 */
export async function entomb(
  deps: IngestDeps,
  userId: UserId,
  provider: ProviderName,
  call: Call,
): Promise<Result<SourceRecord | null, StoreError>> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const record = await recordOf(deps, userId, provider, call);
    if (record.isErr()) return err(record.error);
    if (record.value === null || record.value.phase === "erased") return ok(unsweptOrNull(record.value));
    const tombstone = tombstoneOf(record.value, nowOf(deps.clock));
    const written = await deps.connections.replaceRecord(tombstone, record.value.version, call);
    if (written.isErr()) return err(written.error);
    if (written.value.kind === "written") return ok(tombstone);
  }
  return err({ kind: "retry", message: "The connection is being changed by somebody else over and over." });
}

/** An erase whose answer was lost is asked for again. */
function unsweptOrNull(tombstone: SourceRecord | null): SourceRecord | null {
  return tombstone?.ended.some(({ sweptAt }) => sweptAt === null) ? tombstone : null;
}

function tombstoneOf({ traits: _, begun: __, ...record }: SourceRecord, now: Instant): SourceRecord {
  return {
    ...record,
    accountId: null,
    phase: "erased",
    phaseSince: now,
    health: { kind: "ok", since: now },
    lastSuccessAt: null,
    backfill: null,
    gaps: [],
    ended: [...record.ended, { sourceId: record.sourceId, endedAt: now, isAnnounced: false, sweptAt: null }],
    version: record.version + 1,
  };
}

/**
 * Tells the bus, in one event, of what was erased together and is not told yet; answers whose end it took. What cannot be told now is told by a
 * sweep.
 */
export async function announceErased(
  publisher: Publisher,
  tombstones: readonly SourceRecord[],
  call: Call,
): Promise<ReadonlySet<SourceId>> {
  const untold = tombstones.filter(({ sourceId, ended }) => ended.some((each) => each.sourceId === sourceId && !each.isAnnounced));
  const first = untold[0];
  if (first === undefined) return new Set();
  const sources = untold.map(({ sourceId }) => sourceId);
  const erasedAt = Math.max(...untold.map(({ phaseSince }) => phaseSince)) as Instant;
  const isTaken = await publisher.announce([userErasedEvent(first.userId, sources, erasedAt)], call);
  return new Set(isTaken ? sources : []);
}

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
  const now = await recordOf(deps, record.userId, record.provider, call);
  return now.map((stored) => stored ?? { ...record, ended: [] });
}

async function recordOf(
  deps: Pick<IngestDeps, "connections">,
  userId: UserId,
  provider: ProviderName,
  call: Call,
): Promise<Result<SourceRecord | null, StoreError>> {
  const records = await deps.connections.recordsOf(userId, call);
  return records.map((all) => all.find((record) => record.provider === provider) ?? null);
}
