import type {
  Call,
  Day,
  DayKey,
  DayPut,
  DayRead,
  Delivery,
  Instant,
  ProviderName,
  SetAsideRecord,
  SourceId,
  SourceKey,
  SourceRecord,
  StoreError,
  UserId,
} from "@bg-ingest/core";
import type { Result } from "neverthrow";

export const calm: Call = { signal: new AbortController().signal };

/** The value of an answer that a test cannot go on without. */
export async function must<T>(answer: PromiseLike<Result<T, StoreError>>): Promise<T> {
  return (await answer)._unsafeUnwrap();
}

export const everything = { first: -30_000 as Day, last: 80_000 as Day };
export const ascending: DayRead = { order: "ascending", consistency: "strong" };

/** 36 characters, as long as a UUID. */
export const userOf = (n: number): UserId => `3f2c9d04-7b1e-4c55-9a60-${String(n).padStart(12, "0")}` as UserId;
export const sourceOf = (n: number): SourceId => `source${String(n).padStart(6, "0")}` as SourceId;
export const sourceKeyOf = (n: number): SourceKey => ({ userId: userOf(n), sourceId: sourceOf(n) });
export const keyOf = (n: number, day: number): DayKey => ({ ...sourceKeyOf(n), day: day as Day });

/** What a version of a day holds; bytes that deflate no further, as the real ones do not. */
export function bytesOf({ sourceId, day }: DayKey, version: number, length = 560): Uint8Array {
  let state = version + 1;
  for (const character of `${sourceId}/${day}`) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

export function putOf(key: DayKey, expectedVersion = 0, length = 560): DayPut {
  const version = expectedVersion + 1;
  return { ...key, version, expectedVersion, bytes: bytesOf(key, version, length) };
}

export function asideOf(n: number): SetAsideRecord {
  const at = 1_745_000_000 as Instant;
  return { key: `digest-${n}`, reason: "odd", detail: "", at, record: "{}", setAsideAt: at };
}

export function deliveryOf(id: string, n = 1): Delivery {
  return {
    id,
    ...sourceKeyOf(n),
    provider: "mock" as ProviderName,
    signedAt: 1_745_000_000 as Instant,
    body: new TextEncoder().encode(id),
  };
}

export function recordOf(n: number, version = 1): SourceRecord {
  const at = 1_745_000_000 as Instant;
  return {
    ...sourceKeyOf(n),
    provider: "mock" as ProviderName,
    accountId: null,
    phase: "connected",
    connectedAt: at,
    phaseSince: at,
    rank: null,
    health: { kind: "ok", since: at },
    lastSuccessAt: null,
    openFrom: { day: 20_196 as Day, loweredAt: null },
    backfill: null,
    gaps: [],
    ended: [],
    version,
  };
}
