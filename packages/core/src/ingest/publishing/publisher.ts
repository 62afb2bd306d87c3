import { err, ok, type Result } from "neverthrow";
import { connectionChangedEvent } from "../../connection/connection-events.ts";
import { decodeDay } from "../../day/codec/day-codec.ts";
import { type DayLog, versionOf } from "../../day/day-log.ts";
import type { BgEvent } from "../../event/event.ts";
import { type EventSource, recordedEvents } from "../../event/recorded-events.ts";
import type { Call } from "../../ports/call.ts";
import type { DayKey } from "../../ports/reading-store.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { StoreError } from "../../ports/store-error.ts";
import type { SourceId } from "../../reading/identifiers.ts";
import { type Day, formatDay } from "../../reading/instant.ts";
import type { IngestDeps } from "../source/ingest-deps.ts";
import { createBusBreaker } from "./bus-breaker.ts";
import { createRefusedSources, type RefusedSources } from "./refused-sources.ts";

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
  /** Tells how a source is now. Where the bus does not take it, the newest state of each source waits for it. */
  tellState(record: SourceRecord, call: Call): Promise<void>;
  /** The same for a source that was taken over or changed by others, if that was not told of it here: whoever changed it may not have come to that. */
  tellStateOnce(record: SourceRecord, call: Call): Promise<void>;
  /** Publishes a part of what waits. */
  drain(call: Call): Promise<Result<void, StoreError>>;
  isWaiting(sourceId: SourceId): boolean;
  waitingDays(): number;
  /** Sources whose state waits for the bus. */
  waitingStates(): number;
  /** Days before `day` are done with: nothing of them needs to be remembered. */
  forgetBefore(sourceId: SourceId, day: Day): void;
  /** The source was erased: from now on nothing of it is told but that. */
  endSource(sourceId: SourceId): void;
}

/** Read and published at a time while draining. */
const DAYS_A_TURN = 128;

export function createPublisher(deps: Pick<IngestDeps, "bus" | "readings" | "clock" | "logger" | "checkpoint">): Publisher {
  const breaker = createBusBreaker(deps.clock);
  const refused = createRefusedSources(deps.clock);
  const published = new Map<SourceId, Map<Day, number>>();
  const waiting: Waiting = new Map();
  const ended = new Set<SourceId>();
  const states = new Map<SourceId, SourceRecord>();
  /** What was told of each source last. */
  const stateTold = new Map<SourceId, string>();
  let tickets = 0;

  const publishedOf = (sourceId: SourceId, day: Day, hint: number) => Math.max(hint, published.get(sourceId)?.get(day) ?? 0);

  const eventsOf = ({ source, log }: Batched) => recordedEvents(source, log, publishedOf(source.sourceId, log.day, log.published));

  function remember({ source, log, ticket }: Batched): void {
    const days = published.get(source.sourceId) ?? new Map<Day, number>();
    days.set(log.day, Math.max(versionOf(log), days.get(log.day) ?? 0));
    published.set(source.sourceId, days);
    refused.forget(source.sourceId);
    done(source.sourceId, log.day, ticket);
  }

  /** The ticket tells whether somebody has asked for the day again since. */
  function wait(source: EventSource, day: Day): number {
    if (ended.has(source.sourceId)) return 0;
    const waits = waiting.get(source.sourceId) ?? { source, days: new Map<Day, number>() };
    waits.days.set(day, ++tickets);
    waiting.set(source.sourceId, waits);
    return tickets;
  }

  function done(sourceId: SourceId, day: Day, ticket: number): void {
    const waits = waiting.get(sourceId);
    if (waits?.days.get(day) !== ticket) return;
    waits.days.delete(day);
    if (waits.days.size === 0) waiting.delete(sourceId);
  }

  async function send(events: readonly BgEvent[], call: Call): Promise<boolean> {
    return (await offer(events, call)) === "taken";
  }

  async function offer(events: readonly BgEvent[], call: Call): Promise<Offered> {
    if (events.length === 0) return "taken";
    if (!breaker.mayTry()) return "away";
    const sent = await deps.bus.publish(events, call);
    if (sent.isOk()) {
      if (breaker.isOpen()) deps.logger.info({}, "The event bus takes events again; what waited is being published.");
      breaker.succeeded();
      return "taken";
    }
    if (!breaker.isOpen()) {
      deps.logger.warn(
        { reason: sent.error.message },
        "The event bus is away. Readings are stored as before; their events wait until it is back.",
      );
    }
    breaker.failed();
    return sent.error.kind === "stop" ? "refused" : "away";
  }

  async function publishAll(all: readonly Batched[], call: Call): Promise<Offered> {
    const batch = all.filter(({ source }) => !ended.has(source.sourceId));
    deps.checkpoint("publish.before");
    const offered = await offer(batch.flatMap(eventsOf), call);
    if (offered !== "taken") return offered;
    deps.checkpoint("publish.after");
    for (const each of batch) if (!ended.has(each.source.sourceId)) remember(each);
    return offered;
  }

  /**
   * What the bus refuses together it may refuse because of one of them: each source's is offered alone, and who is refused then, while others are
   * not, waits apart. `false`: the bus takes nobody's.
   */
  async function publishApart(all: readonly Batched[], call: Call): Promise<boolean> {
    const reasons = new Map<SourceId, string>();
    let isAnyTaken = false;
    for (const [sourceId, batch] of Map.groupBy(all, ({ source }) => source.sourceId)) {
      const events = ended.has(sourceId) ? [] : batch.flatMap(eventsOf);
      const sent = events.length === 0 ? ok() : await deps.bus.publish(events, call);
      if (sent.isErr() && sent.error.kind === "retry") return false;
      if (sent.isErr()) reasons.set(sourceId, sent.error.message);
      else if (!ended.has(sourceId)) for (const each of batch) remember(each);
      isAnyTaken ||= sent.isOk() && events.length > 0;
    }
    if (!isAnyTaken) return false;
    breaker.succeeded();
    for (const [source, reason] of reasons) {
      refused.add(source);
      deps.logger.error({ source, reason }, REFUSED);
    }
    return true;
  }

  async function tellStates(records: readonly SourceRecord[], call: Call): Promise<boolean> {
    const told = records.filter(({ sourceId }) => !ended.has(sourceId));
    if (!(await send(told.map(connectionChangedEvent), call))) return false;
    for (const record of told) {
      stateTold.set(record.sourceId, saidOf(record));
      if (states.get(record.sourceId) === record) states.delete(record.sourceId);
    }
    return true;
  }

  async function tellState(record: SourceRecord, call: Call): Promise<void> {
    const waits = states.get(record.sourceId);
    if (ended.has(record.sourceId) || (waits !== undefined && waits.version > record.version)) return;
    states.set(record.sourceId, record);
    await tellStates([record], call);
  }

  async function drain(call: Call): Promise<Result<void, StoreError>> {
    while (states.size > 0 && !call.signal.aborted && breaker.isDue())
      if (!(await tellStates([...states.values()].slice(0, DAYS_A_TURN), call))) return ok(undefined);
    while (waiting.size > 0 && !call.signal.aborted && breaker.isDue()) {
      const turn = takeTurn(waiting, refused);
      if (turn.length === 0) return ok(undefined);
      const stored = await deps.readings.getDays(
        turn.map(({ key }) => key),
        call,
      );
      if (stored.isErr()) return err(stored.error);
      const batch: Batched[] = [];
      for (const [i, { key, source, ticket }] of turn.entries()) {
        const day = stored.value[i];
        const log = day ? decodeDay(day.bytes, key.day) : null;
        if (log?.isOk()) batch.push({ source, log: log.value, ticket });
        else done(key.sourceId, key.day, ticket);
        if (log?.isErr())
          deps.logger.error({ source: key.sourceId, day: formatDay(key.day) }, `${log.error.message} Its events cannot be published.`);
      }
      const offered = await publishAll(batch, call);
      if (offered === "refused" && (await publishApart(batch, call))) continue;
      if (offered !== "taken") return ok(undefined);
    }
    return ok(undefined);
  }

  return {
    publishedOf,
    async publish(source, logs, call) {
      if (logs.length === 0) return;
      const batch = logs.map((log) => ({ source, log, ticket: wait(source, log.day) }));
      if (!refused.has(source.sourceId)) await publishAll(batch, call);
    },
    lookAt: wait,
    announce: send,
    tellState,
    async tellStateOnce(record, call) {
      if (stateTold.get(record.sourceId) !== saidOf(record)) await tellState(record, call);
    },
    drain,
    isWaiting: (sourceId) => waiting.has(sourceId),
    waitingDays: () => [...waiting.values()].reduce((sum, { days }) => sum + days.size, 0),
    waitingStates: () => states.size,
    forgetBefore(sourceId, day) {
      const days = published.get(sourceId);
      for (const known of days?.keys() ?? []) if (known < day) days?.delete(known);
    },
    endSource(sourceId) {
      ended.add(sourceId);
      published.delete(sourceId);
      waiting.delete(sourceId);
      states.delete(sourceId);
      stateTold.delete(sourceId);
      refused.forget(sourceId);
    },
  };
}

/** `refused`: offering the same again is no use, says the bus. */
type Offered = "taken" | "away" | "refused";

const REFUSED =
  "The event bus refuses what is to be told of this source, and takes what others have. Its readings are stored and shown as before; they are offered again in an hour. See whether the bus limits the size of messages.";

/** How a source is and since when: of two versions of its record that say the same, one is told. */
function saidOf(record: SourceRecord): string {
  const { time, data } = connectionChangedEvent(record);
  return JSON.stringify([time, data]);
}

/** Days by the ticket under which they wait. */
type Waiting = Map<SourceId, { readonly source: EventSource; readonly days: Map<Day, number> }>;

interface Batched {
  readonly source: EventSource;
  readonly log: DayLog;
  readonly ticket: number;
}

interface Turn {
  readonly key: DayKey;
  readonly source: EventSource;
  readonly ticket: number;
}

/** Days of as many sources as there is room for, each source's in order. */
function takeTurn(waiting: Waiting, refused: RefusedSources): readonly Turn[] {
  const turn: Turn[] = [];
  for (const { source, days } of waiting.values()) {
    if (refused.has(source.sourceId)) continue;
    for (const [day, ticket] of [...days].sort(([a], [b]) => a - b)) {
      if (turn.length === DAYS_A_TURN) return turn;
      turn.push({ key: { userId: source.userId, day, sourceId: source.sourceId }, source, ticket });
    }
  }
  return turn;
}
