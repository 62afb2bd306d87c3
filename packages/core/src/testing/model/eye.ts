import type { BgEvent } from "../../event/event.ts";
import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { DayKey, DayPut, ReadingStore, StoredDay } from "../../ports/reading-store.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import { formatDay } from "../../reading/instant.ts";
import { keeps } from "../promise.ts";

/** Sees every write and every event the moment they happen, whoever made them, and holds them against what is promised at every moment. */
export interface Eye {
  readings(store: ReadingStore): ReadingStore;
  connections(store: ConnectionStore): ConnectionStore;
  bus(bus: EventBus & { readonly taken: readonly BgEvent[] }): EventBus;
  /** Days that are stored, by name. */
  readonly days: ReadonlyMap<string, DayKey & Pick<StoredDay, "version">>;
  /** The newest version of a day that was published. */
  publishedOf(day: DayKey): number;
  /** Contents of published events by their ids. */
  readonly events: ReadonlyMap<string, string>;
  /** Sources that were erased. */
  readonly ended: ReadonlySet<SourceId>;
}

export interface Witness {
  /** A backfill says that everything from `record.backfill.span.doneFrom` on is stored. */
  backfillMoved(before: SourceRecord, record: SourceRecord): Promise<void>;
}

export function createEye(witness: Witness): Eye {
  const days = new Map<string, DayKey & Pick<StoredDay, "version">>();
  const published = new Map<string, number>();
  const events = new Map<string, string>();
  const ended = new Set<SourceId>();
  const records = new Map<string, SourceRecord>();
  let seen = 0;

  const publishedOf = (day: DayKey) => published.get(subjectOf(day)) ?? 0;

  function dayWritten(put: DayPut): void {
    days.set(subjectOf(put), put);
    const record = records.get(put.userId);
    const isOpen = record?.sourceId !== put.sourceId || record.phase === "erased" || put.day >= record.openFrom.day;
    keeps("openFrom is never above a day that is not published", isOpen, `${subjectOf(put)}/${put.version} was written below openFrom`);
  }

  async function recordWritten(record: SourceRecord): Promise<void> {
    const before = records.get(record.userId);
    records.set(record.userId, record);
    for (const { sourceId } of record.ended) ended.add(sourceId);
    if (before === undefined) return;
    if (before.sourceId !== record.sourceId)
      return keeps("a user has one living source", before.phase === "erased", "a second one was made");
    for (const day of record.phase === "erased" ? [] : days.values()) {
      if (day.sourceId !== record.sourceId || day.day >= record.openFrom.day) continue;
      const isPublished = publishedOf(day) >= day.version;
      keeps("openFrom is never above a day that is not published", isPublished, `it rose over ${subjectOf(day)}/${day.version}`);
    }
    if (record.backfill !== null && record.backfill.span !== null) await witness.backfillMoved(before, record);
  }

  /** What was under way when its source was erased may still be told; whoever was told of the erasure lets it go. */
  function taken(event: BgEvent): void {
    if (event.type === "bg.readings.recorded.v1" && ended.has(event.data.source as SourceId)) return;
    const content = JSON.stringify(event);
    const known = events.get(event.id);
    keeps(
      "the same event id always bears the same content",
      known === undefined || known === content,
      `${event.id}: ${known} ≠ ${content}`,
    );
    events.set(event.id, content);
    if (event.type !== "bg.readings.recorded.v1") return;
    const before = published.get(event.subject) ?? 0;
    keeps("first appearances of a day's versions increase by one", event.data.version <= before + 1, `${event.id} came after ${before}`);
    published.set(event.subject, Math.max(before, event.data.version));
  }

  return {
    days,
    events,
    ended,
    publishedOf,
    readings: (store) => ({
      ...store,
      days: (userId, span, read, call) => store.days(userId, span, read, call),
      async putDays(puts, call) {
        const outcomes = await store.putDays(puts, call);
        if (outcomes.isOk()) for (const [i, put] of puts.entries()) if (outcomes.value[i]?.kind === "written") dayWritten(put);
        return outcomes;
      },
      async eraseSource(userId, sourceId, call) {
        const erased = await store.eraseSource(userId, sourceId, call);
        for (const [name, day] of erased.isOk() ? days : []) if (day.sourceId === sourceId && day.userId === userId) days.delete(name);
        return erased;
      },
    }),
    connections: (store) => ({
      ...store,
      schedule: (shard, call) => store.schedule(shard, call),
      async replaceRecord(record, expectedVersion, call) {
        const written = await store.replaceRecord(record, expectedVersion, call);
        if (written.isOk() && written.value.kind === "written") await recordWritten(structuredClone(record));
        return written;
      },
    }),
    bus: (bus) => ({
      async publish(batch, call) {
        const answer = await bus.publish(batch, call);
        while (seen < bus.taken.length) taken(bus.taken[seen++] as BgEvent);
        return answer;
      },
    }),
  };
}

function subjectOf({ sourceId, day }: DayKey): string {
  return `${sourceId}/${formatDay(day)}`;
}
