import { err, ok, type Result } from "neverthrow";
import { decodeDay } from "../day/codec/day-codec.ts";
import { type DayLog, versionOf } from "../day/day-log.ts";
import type { BgEvent } from "../event/event.ts";
import { type EventSource, recordedEvents } from "../event/recorded-events.ts";
import type { Call } from "../ports/call.ts";
import type { DayKey } from "../ports/reading-store.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { type Day, formatDay } from "../reading/instant.ts";
import { createBusBreaker } from "./bus-breaker.ts";
import type { IngestDeps } from "./ingest-deps.ts";

/**
 * Tells the bus what days hold. Events wait in the days themselves: what could not be published is remembered here only as the name of
 * its day, and read again when the bus is back.
 */
export interface Publisher {
  /** The newest version of a day that is known to have reached the bus; `hint` is what the stored day says. */
  publishedOf(sourceId: SourceId, day: Day, hint: number): number;
  /** Publishes what these days hold above what is published. Never fails the caller: what is left waits. */
  publish(source: EventSource, logs: readonly DayLog[], call: Call): Promise<void>;
  /** A write of this day may have happened without our knowing: it is read and published at the next drain. */
  lookAt(source: EventSource, day: Day): void;
  /** Publishes events that no day holds; `false` if the bus did not take them. */
  announce(events: readonly BgEvent[], call: Call): Promise<boolean>;
  /** Publishes a part of what waits. */
  drain(call: Call): Promise<Result<void, StoreError>>;
  isWaiting(sourceId: SourceId): boolean;
  waitingDays(): number;
  /** Days before `day` are done with: nothing of them needs to be remembered. */
  forgetBefore(sourceId: SourceId, day: Day): void;
  forgetSource(sourceId: SourceId): void;
}

/** Read and published at a time while draining. */
const DAYS_A_TURN = 128;

export function createPublisher(deps: Pick<IngestDeps, "bus" | "readings" | "clock" | "logger" | "checkpoint">): Publisher {
  const breaker = createBusBreaker(deps.clock);
  const published = new Map<SourceId, Map<Day, number>>();
  const waiting = new Map<SourceId, { readonly source: EventSource; readonly days: Set<Day> }>();

  const publishedOf = (sourceId: SourceId, day: Day, hint: number) => Math.max(hint, published.get(sourceId)?.get(day) ?? 0);

  const eventsOf = (source: EventSource, log: DayLog) => recordedEvents(source, log, publishedOf(source.sourceId, log.day, log.published));

  function remember(source: EventSource, log: DayLog): void {
    const days = published.get(source.sourceId) ?? new Map<Day, number>();
    days.set(log.day, Math.max(versionOf(log), days.get(log.day) ?? 0));
    published.set(source.sourceId, days);
    const waits = waiting.get(source.sourceId);
    waits?.days.delete(log.day);
    if (waits?.days.size === 0) waiting.delete(source.sourceId);
  }

  function wait(source: EventSource, day: Day): void {
    const waits = waiting.get(source.sourceId) ?? { source, days: new Set<Day>() };
    waits.days.add(day);
    waiting.set(source.sourceId, waits);
  }

  async function send(events: readonly BgEvent[], call: Call): Promise<boolean> {
    if (events.length === 0) return true;
    if (!breaker.mayTry()) return false;
    const sent = await deps.bus.publish(events, call);
    if (sent.isOk()) {
      if (breaker.isOpen()) deps.logger.info({}, "The event bus takes events again; what waited is being published.");
      breaker.succeeded();
      return true;
    }
    if (!breaker.isOpen()) {
      deps.logger.warn(
        { reason: sent.error.message },
        "The event bus is away. Readings are stored as before; their events wait until it is back.",
      );
    }
    breaker.failed();
    return false;
  }

  async function publishAll(batch: readonly { readonly source: EventSource; readonly log: DayLog }[], call: Call): Promise<boolean> {
    for (const { source, log } of batch) wait(source, log.day);
    deps.checkpoint("publish.before");
    const isSent = await send(
      batch.flatMap(({ source, log }) => eventsOf(source, log)),
      call,
    );
    if (!isSent) return false;
    deps.checkpoint("publish.after");
    for (const { source, log } of batch) remember(source, log);
    return true;
  }

  async function drain(call: Call): Promise<Result<void, StoreError>> {
    while (waiting.size > 0 && !call.signal.aborted && breaker.isDue()) {
      const turn = takeTurn(waiting);
      const stored = await deps.readings.getDays(
        turn.map(({ key }) => key),
        call,
      );
      if (stored.isErr()) return err(stored.error);
      const batch: { source: EventSource; log: DayLog }[] = [];
      for (const [i, { key, source }] of turn.entries()) {
        const day = stored.value[i];
        const log = day ? decodeDay(day.bytes, key.day) : null;
        if (log?.isOk()) batch.push({ source, log: log.value });
        else waiting.get(key.sourceId)?.days.delete(key.day);
        if (log?.isErr())
          deps.logger.error({ source: key.sourceId, day: formatDay(key.day) }, `${log.error.message} Its events cannot be published.`);
      }
      dropEmpty(waiting);
      if (!(await publishAll(batch, call))) return ok(undefined);
    }
    return ok(undefined);
  }

  return {
    publishedOf,
    async publish(source, logs, call) {
      if (logs.length > 0)
        await publishAll(
          logs.map((log) => ({ source, log })),
          call,
        );
    },
    lookAt: wait,
    announce: send,
    drain,
    isWaiting: (sourceId) => waiting.has(sourceId),
    waitingDays: () => [...waiting.values()].reduce((sum, { days }) => sum + days.size, 0),
    forgetBefore(sourceId, day) {
      const days = published.get(sourceId);
      for (const known of days?.keys() ?? []) if (known < day) days?.delete(known);
    },
    forgetSource(sourceId) {
      published.delete(sourceId);
      waiting.delete(sourceId);
    },
  };
}

type Waiting = Map<SourceId, { readonly source: EventSource; readonly days: Set<Day> }>;

/** Days of as many sources as there is room for, each source's in order. */
function takeTurn(waiting: Waiting): readonly { readonly key: DayKey; readonly source: EventSource }[] {
  const turn: { key: DayKey; source: EventSource }[] = [];
  for (const { source, days } of waiting.values()) {
    for (const day of [...days].sort((a, b) => a - b)) {
      if (turn.length === DAYS_A_TURN) return turn;
      turn.push({ key: { userId: source.userId, day, sourceId: source.sourceId }, source });
    }
  }
  return turn;
}

function dropEmpty(waiting: Waiting): void {
  for (const [sourceId, { days }] of waiting) if (days.size === 0) waiting.delete(sourceId);
}
