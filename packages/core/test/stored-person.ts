import type { Result } from "neverthrow";
import { append } from "../src/day/append.ts";
import { decodeDay, encodeDay } from "../src/day/codec/day-codec.ts";
import { emptyDay, versionOf } from "../src/day/day-log.ts";
import type { ConnectionStore } from "../src/ports/connection-store.ts";
import type { ReadingStore } from "../src/ports/reading-store.ts";
import type { SourceRecord } from "../src/ports/source-record.ts";
import type { ProviderName, SourceId } from "../src/reading/identifiers.ts";
import { addSeconds, type Day, dayOf, type Instant } from "../src/reading/instant.ts";
import type { Reading } from "../src/reading/reading.ts";
import { createMemoryConnectionStore } from "../src/testing/memory-connection-store.ts";
import { createMemoryReadingStore } from "../src/testing/memory-reading-store.ts";
import { anna, calm, recordOf } from "../src/testing/samples.ts";

export interface StoredPerson {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  /** Writes a source's record, in place of the one that its provider had. */
  connect(record: Partial<SourceRecord>): Promise<void>;
  /** What one answer brought, received a second after it was asked for. */
  tell(sourceId: SourceId, readings: readonly Reading[], receivedAt: Instant): Promise<void>;
}

/** Anna, as ingest would have stored her. */
export function storedPerson(): StoredPerson {
  const readings = createMemoryReadingStore();
  const connections = createMemoryConnectionStore();
  const tellDay = async (sourceId: SourceId, day: Day, page: readonly Reading[], receivedAt: Instant): Promise<void> => {
    const key = { userId: anna, day, sourceId };
    const [stored] = good(await readings.getDays([key], calm));
    const log = stored ? good(decodeDay(stored.bytes, day)) : emptyDay(day);
    const askedAt = addSeconds(receivedAt, -1);
    const next = append(log, { readings: page, askedAt, receivedAt, isBackfill: false, newestBefore: null });
    if (next === log) return;
    const put = { ...key, bytes: encodeDay(next), version: versionOf(next), expectedVersion: versionOf(log) };
    good(await readings.putDays([put], calm));
  };
  return {
    readings,
    connections,
    connect: async (change) => {
      const record = recordOf(change);
      const known = good(await connections.recordsOf(anna, calm)).find(({ provider }) => provider === record.provider);
      const expectedVersion = known?.version ?? 0;
      good(await connections.replaceRecord({ ...record, version: expectedVersion + 1 }, expectedVersion, calm));
    },
    tell: async (sourceId, page, receivedAt) => {
      const days = Map.groupBy(page, ({ at }) => dayOf(at));
      for (const [day, ofDay] of days) await tellDay(sourceId, day, ofDay, receivedAt);
    },
  };
}

export function good<T, E>(result: Result<T, E>): T {
  if (result.isOk()) return result.value;
  throw new Error(JSON.stringify(result.error));
}

export function readingAt(at: number, mgdl: number, device: string | null = null): Reading {
  return {
    at: at as Instant,
    mgdl: mgdl as Reading["mgdl"],
    rangeFlag: null,
    unit: "mg/dL",
    trend: "unknown",
    trendWord: null,
    trendRate: null,
    utcOffsetMinutes: null,
    device,
  };
}

/** Second 0 of a story told in seconds: a midnight. */
export const MIDNIGHT = 20_000 * 86_400;

/** A reading of a story: seconds after `MIDNIGHT`, mg/dL, device. */
export type StoryReading = readonly [second: number, mgdl: number, device?: string];

export const storyEnd = (MIDNIGHT + 100 * 86_400) as Instant;

/** Anna with the sources given, by id, and what each of them told in the end. */
export async function personOf(stories: Readonly<Record<string, readonly StoryReading[]>>): Promise<StoredPerson> {
  const person = storedPerson();
  for (const [name, story] of Object.entries(stories)) {
    const sourceId = name as SourceId;
    await person.connect({ provider: `of-${name}` as ProviderName, sourceId });
    await person.tell(
      sourceId,
      story.map(([second, mgdl, device]) => readingAt(MIDNIGHT + second, mgdl, device)),
      storyEnd,
    );
  }
  return person;
}
