import { err, ok, type Result } from "neverthrow";
import { userErasedEvent } from "../../connection/connection-events.ts";
import type { Call } from "../../ports/call.ts";
import { MOST_ATTEMPTS } from "../../ports/most-attempts.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { ProviderName, SourceId, UserId } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import type { Publisher } from "../publishing/publisher.ts";
import { type IngestDeps, nowOf } from "../source/ingest-deps.ts";

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

async function recordOf(
  deps: Pick<IngestDeps, "connections">,
  userId: UserId,
  provider: ProviderName,
  call: Call,
): Promise<Result<SourceRecord | null, StoreError>> {
  const records = await deps.connections.recordsOf(userId, call);
  return records.map((all) => all.find((record) => record.provider === provider) ?? null);
}
