import {
  type ConnectionStore,
  type ReplaceOutcome,
  type ScheduleEntry,
  type SetAsideRecord,
  SHARD_COUNT,
  type SourceKey,
} from "../../ports/connection-store.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { UserId } from "../../reading/identifiers.ts";
import { good, keeps } from "../promise.ts";
import { anna, annaCgm, bytesOf, calm, dayAt, instantAt, sourceOf, userOf } from "../samples.ts";

export const written: ReplaceOutcome = { kind: "written" };
export const conflict: ReplaceOutcome = { kind: "conflict" };
export const source: SourceKey = { userId: anna, sourceId: annaCgm };
export const otherSource: SourceKey = { userId: anna, sourceId: sourceOf("annacgm00002") };
export const otherUser: SourceKey = { userId: userOf("bert"), sourceId: annaCgm };

/** A record with every field filled. */
export const full: Partial<SourceRecord> = {
  accountId: "account/7",
  phase: "disconnected",
  rank: 2,
  lastSuccessAt: instantAt(1_745_100_000),
  openFrom: { day: dayAt(20_190), loweredAt: instantAt(1_745_000_500) },
  backfill: {
    startedAt: instantAt(3),
    finishedAt: instantAt(4),
    notBefore: instantAt(-9),
    span: { from: instantAt(1), to: instantAt(99), doneFrom: instantAt(50) },
  },
  traits: {
    cadenceSeconds: 300,
    publicationDelaySeconds: 0,
    maxWindowSeconds: 86_400,
    historySeconds: 1_000_000_000,
    rePull: [{ everySeconds: 3_600, lookBackSeconds: 7_200 }],
    rateLimit: { calls: 60, perSeconds: 3_600, scope: "account" },
  },
  gaps: [
    { from: instantAt(5), to: instantAt(9), reason: "unreadable", recordedAt: instantAt(10) },
    { from: instantAt(-7), to: instantAt(-6), reason: "", recordedAt: instantAt(11) },
  ],
  ended: [
    { sourceId: sourceOf("anna0before1"), endedAt: instantAt(7), isAnnounced: true, sweptAt: null },
    { sourceId: sourceOf("anna0before2"), endedAt: instantAt(8), isAnnounced: false, sweptAt: instantAt(9) },
  ],
};

export function setAsideAt(n: number, change: Partial<SetAsideRecord> = {}): SetAsideRecord {
  return {
    key: `digest-${String(n).padStart(4, "0")}`,
    reason: "glucose_out_of_range",
    detail: `no. ${n}`,
    at: instantAt(1_745_000_000 + n),
    record: JSON.stringify({ n }),
    setAsideAt: instantAt(100 + n),
    ...change,
  };
}

export async function replace(store: ConnectionStore, record: SourceRecord, expectedVersion: number): Promise<ReplaceOutcome> {
  return good("replaceRecord works", await store.replaceRecord(record, expectedVersion, calm));
}

export async function recordsOf(store: ConnectionStore, userId: UserId = anna): Promise<readonly SourceRecord[]> {
  return good("recordsOf works", await store.recordsOf(userId, calm));
}

export async function entriesOf(store: ConnectionStore, shard: number): Promise<ScheduleEntry[]> {
  const entries: ScheduleEntry[] = [];
  for await (const item of store.schedule(shard, calm)) entries.push(good("schedule works", item));
  return entries;
}

export async function wholeSchedule(store: ConnectionStore): Promise<readonly ScheduleEntry[]> {
  const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => entriesOf(store, shard));
  return (await Promise.all(shards)).flat();
}

export async function seal(store: ConnectionStore, version: number, seed: number, key: SourceKey = source): Promise<ReplaceOutcome> {
  return good("replaceSecrets works", await store.replaceSecrets(key, { sealed: bytesOf(seed, 900), claim: null, version }, calm));
}

export async function secretsOf(store: ConnectionStore, key: SourceKey = source) {
  return good("secretsOf works", await store.secretsOf(key, calm));
}

export async function keep(store: ConnectionStore, kept: readonly SetAsideRecord[], key: SourceKey = source): Promise<void> {
  good("setAside works", await store.setAside(key, kept, calm));
}

export async function pageOf(store: ConnectionStore, key: SourceKey = source, limit = 100, after: string | null = null) {
  return good("setAsideOf works", await store.setAsideOf(key, { limit, after }, calm));
}

export async function count(store: ConnectionStore, key: SourceKey = source): Promise<number> {
  return good("countSetAside works", await store.countSetAside(key, calm));
}

/** All pages, with whatever happens between one and the next. */
export async function walk(store: ConnectionStore, limit: number, between: () => Promise<void> = async () => undefined) {
  const pages: (readonly SetAsideRecord[])[] = [];
  let after: string | null = null;
  do {
    const page = await pageOf(store, source, limit, after);
    pages.push(page.records);
    after = page.next;
    await between();
    keeps("pages come to an end", pages.length < 200, "they went on for 200 pages");
  } while (after !== null);
  return pages;
}

export function entryOf({ userId, provider, sourceId, phase, phaseSince }: SourceRecord): ScheduleEntry {
  return { userId, provider, sourceId, phase, phaseSince };
}

export const bySource = (a: ScheduleEntry, b: ScheduleEntry): number => (a.sourceId < b.sourceId ? -1 : 1);
