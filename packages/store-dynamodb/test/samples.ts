import type {
  ApiKey,
  ApiKeyId,
  Day,
  DayKey,
  DayPut,
  DayRead,
  Instant,
  PendingAuthorization,
  ProviderName,
  SetAsideRecord,
  SourceId,
  SourceKey,
  SourceRecord,
  StoreError,
  UserId,
} from "@bg-ingest/core";
import type { Result } from "neverthrow";

/** The value of an answer that a test cannot go on without. */
export async function must<T>(answer: PromiseLike<Result<T, StoreError>>): Promise<T> {
  return (await answer)._unsafeUnwrap();
}

export const everything = { first: -30_000 as Day, last: 80_000 as Day };
export const ascending: DayRead = { order: "ascending", consistency: "strong" };

/** 36 characters, as long as a UUID. */
export const anna = "3f2c9d04-7b1e-4c55-9a60-000000000001" as UserId;
export const annaCgm: SourceKey = { userId: anna, sourceId: "k3v9q0x7m2b5c" as SourceId };
export const mock = "mock" as ProviderName;

export const keyOf = (day: number): DayKey => ({ ...annaCgm, day: day as Day });

export function putOf(day: number, expectedVersion = 0, bytes = new Uint8Array(500)): DayPut {
  return { ...keyOf(day), version: expectedVersion + 1, expectedVersion, bytes };
}

export function recordOf(version: number, change: Partial<SourceRecord> = {}): SourceRecord {
  const at = 1_745_000_000 as Instant;
  return {
    ...annaCgm,
    provider: mock,
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
    ...change,
  };
}

export function asideOf(n: number): SetAsideRecord {
  const setAsideAt = (1_745_000_000 + n) as Instant;
  return { key: String(n).padStart(64, "0"), reason: "odd", detail: "", at: null, record: "{}", setAsideAt };
}

export function pendingOf(n: number): PendingAuthorization {
  const begunAt = (1_745_000_000 + n) as Instant;
  return {
    stateDigest: `state${n}`.padEnd(64, "0"),
    browserDigest: "browser",
    userId: anna,
    provider: mock,
    sourceId: null,
    begunAt,
    expiresAt: (begunAt + 600) as Instant,
  };
}

export const apiKey: ApiKey = {
  id: "0123456789abcdef" as ApiKeyId,
  digest: "0123456789abcdef0000",
  name: "dashboard",
  scopes: ["read"],
  subject: anna,
  createdAt: 1_745_000_000 as Instant,
  lastUsedAt: 1_745_000_000 as Instant,
  revokedAt: 1_745_000_000 as Instant,
};
