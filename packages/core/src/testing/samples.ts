import { type CallBy, TRUSTED } from "../access/caller.ts";
import type { DayKey, DayPut } from "../ports/reading-store.ts";
import { shardOf } from "../ports/shard.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { Delivery } from "../ports/work-queue.ts";
import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import type { Day, Instant } from "../reading/instant.ts";

export const calm: CallBy = { signal: new AbortController().signal, caller: TRUSTED };

export function abortedCall(): CallBy {
  const controller = new AbortController();
  controller.abort();
  return { signal: controller.signal, caller: TRUSTED };
}

export const userOf = (text: string): UserId => text as UserId;
export const sourceOf = (text: string): SourceId => text as SourceId;
export const providerOf = (text: string): ProviderName => text as ProviderName;
export const dayAt = (day: number): Day => day as Day;
export const instantAt = (second: number): Instant => second as Instant;

export const anna = userOf("anna");
export const annaCgm = sourceOf("annacgm00001");

/** Bytes that differ from those of any other seed, every value among them once `length` allows. */
export function bytesOf(seed: number, length = 64): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (Math.imul(seed + 1, 0x9e3779b1) >>> (8 * (at & 3))) + at);
}

export function keyOf(day: number, userId: UserId = anna, sourceId: SourceId = annaCgm): DayKey {
  return { userId, day: dayAt(day), sourceId };
}

/** The first version of a day, its bytes told by the seed. */
export function firstPut(key: DayKey, seed: number = key.day, length?: number): DayPut {
  return { ...key, version: 1, expectedVersion: 0, bytes: bytesOf(seed, length) };
}

export function nextPut(key: DayKey, expectedVersion: number, seed: number): DayPut {
  return { ...key, version: expectedVersion + 1, expectedVersion, bytes: bytesOf(seed) };
}

export function recordOf(change: Partial<SourceRecord> = {}): SourceRecord {
  return {
    userId: anna,
    provider: providerOf("mock"),
    sourceId: annaCgm,
    accountId: null,
    phase: "connected",
    connectedAt: instantAt(1_745_000_000),
    phaseSince: instantAt(1_745_000_100),
    rank: null,
    health: { kind: "ok", since: instantAt(1_745_000_200) },
    lastSuccessAt: null,
    openFrom: { day: dayAt(20_196), loweredAt: null },
    backfill: null,
    gaps: [],
    ended: [],
    version: 1,
    ...change,
  };
}

/** Ids of one shard, in no order. */
export function sourcesOfShard(shard: number, count: number): readonly SourceId[] {
  const found: SourceId[] = [];
  for (let n = 0; found.length < count; n++) {
    const id = sourceOf(`s${String(n).padStart(9, "0")}`);
    if (shardOf(id) === shard) found.push(id);
  }
  return found;
}

export function deliveryOf(id: string, sourceId: SourceId = annaCgm, change: Partial<Delivery> = {}): Delivery {
  return {
    id,
    userId: anna,
    sourceId,
    provider: providerOf("mock"),
    signedAt: instantAt(1_745_000_000),
    body: bytesOf(id.length),
    ...change,
  };
}
