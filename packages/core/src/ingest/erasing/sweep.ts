import { err, ok, type Result } from "neverthrow";
import { userErasedAgainEvent, userErasedEvent } from "../../connection/connection-events.ts";
import type { Call } from "../../ports/call.ts";
import { MOST_ATTEMPTS } from "../../ports/most-attempts.ts";
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

export function isSweepDue({ clock }: Pick<IngestDeps, "clock">, record: SourceRecord): boolean {
  const next = nextSweepAt(record);
  return next !== null && next <= nowOf(clock);
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
  return isSweepDue(deps, record) ? sweep(deps, publisher, record, told, call) : ok(record);
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
  const swept: Swept = new Map();
  for (const ended of record.ended.filter((each) => dueAt(each) <= now)) {
    const deleted = await deleteAll(deps, record.userId, ended.sourceId, call);
    if (deleted.isErr()) return err(deleted.error);
    const isTold =
      ended.neverLived === true || told.has(ended.sourceId) || (await announceEnded(publisher, record.userId, ended, now, call));
    const isOver = isTold && now >= addSeconds(ended.endedAt, SWEEPS_AFTER_SECONDS[2]);
    swept.set(ended.sourceId, isOver ? null : { ...ended, isAnnounced: isTold, sweptAt: now });
  }
  return note(deps, record, swept, call);
}

/** How ended sources are once they are swept; `null`: nobody has to remember them any more. */
type Swept = Map<SourceId, EndedSource | null>;

/** A record that was changed meanwhile, by whoever connects, say, takes the note all the same. */
async function note(deps: IngestDeps, record: SourceRecord, swept: Swept, call: Call): Promise<Result<SourceRecord, StoreError>> {
  let before = record;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS && before.ended.some(({ sourceId }) => swept.has(sourceId)); attempt++) {
    const ended = before.ended.flatMap((each) => swept.get(each.sourceId) ?? (swept.has(each.sourceId) ? [] : each));
    const written = await replaceEnded(deps, before, ended, call);
    if (written.isErr()) return err(written.error);
    if (written.value.kind === "written") return ok({ ...before, ended, version: before.version + 1 });
    const now = await asItIs(deps, before, call);
    if (now.isErr()) return err(now.error);
    before = now.value;
  }
  return ok(before);
}

/** Where nothing is left of the person but this, their name, that goes too. */
function replaceEnded({ connections }: IngestDeps, record: SourceRecord, ended: readonly EndedSource[], call: Call) {
  const { userId, provider, phase, version } = record;
  if (ended.length === 0 && phase === "erased") return connections.removeRecord(userId, provider, version, call);
  return connections.replaceRecord({ ...record, ended, version: version + 1 }, version, call);
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

/** Without anything to sweep if it is gone. */
export async function asItIs(deps: IngestDeps, record: SourceRecord, call: Call): Promise<Result<SourceRecord, StoreError>> {
  const records = await deps.connections.recordsOf(record.userId, call);
  return records.map((all) => all.find(({ provider }) => provider === record.provider) ?? { ...record, ended: [] });
}
