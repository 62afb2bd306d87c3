import { type Clock, type Cluster, type Logger, type ReplicaBeat, type ReplicaRegister, type StoreMoment, shardsOf } from "@bg-ingest/core";
import type { Timers } from "../scheduler/timers.ts";
import { clockGapMs } from "./clock-gap.ts";
import { createNotices } from "./notices.ts";
import { createSilence } from "./silence.ts";

export interface ReplicaClusterDeps {
  /** This process, by the name that it has among all that share the store. */
  readonly replica: string;
  readonly register: ReplicaRegister;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  /** Whether replicas share the queue and the bus as well; where they do not, there is to be one. */
  readonly sharesAll: boolean;
}

/** What others do by one's clock, the sharing of calls above all, allows for clocks so far apart, and the store tells its time in whole seconds. */
const CLOCK_LIMIT_MS = 30_000;
const TOLD_WITHIN_MS = 1_000;

/** In heartbeats. Whoever falls silent is heard last after half of one, taken out two later, and known to be out by all before the third is over. */
const LOOK_EVERY = 1 / 2;
const SILENT_FOR = 7 / 4;
/** Whoever has not looked for so long is sure of nothing, for by then a newcomer owns its share. */
const SETTLED_AFTER = 1;
/** Announcements a little early are due all the same. */
const ANNOUNCE_EVERY = 7 / 8;

/** Whatever else is changed in that time is told with it. */
const TELL_AFTER_MS = 250;

type Said = { readonly kind: "never" } | { readonly kind: "at"; readonly beganMs: number };

/**
 * A replica among others. Who stands in the register is there; who has been silent for nearly two heartbeats is taken out of it by whoever notices, and
 * only then are its shards anybody else's. So all who read the register at one moment agree on every shard.
 */
export function createReplicaCluster(deps: ReplicaClusterDeps): Cluster {
  const { replica, register, clock, timers, logger, heartbeatMs, sharesAll } = deps;
  const silentMs = SILENT_FOR * heartbeatMs;
  const settledMs = SETTLED_AFTER * heartbeatMs;
  const silence = createSilence(silentMs);
  const notices = createNotices();
  const leaving = new AbortController();
  let onChange: (shards: ReadonlySet<number>) => void = () => undefined;
  let assigned: ReadonlySet<number> = new Set();
  let others = 0;
  let beat = 0;
  /** When it was known to stand in the register; `null` where it does not. */
  let joinedMs: number | null = null;
  /** The last announcement of which the answer came. */
  let answeredBeat: number | null = null;
  let said: Said = { kind: "never" };
  let heard: Said = { kind: "never" };
  let announcedMs = Number.NEGATIVE_INFINITY;
  let isAnnouncementOwed = false;
  let clockTrouble: string | null = null;
  let isCompanyUnwanted = false;
  let isClockTrusted = false;
  let turn: Promise<void> = Promise.resolve();
  let cancelNext: (() => void) | null = null;

  const since = (moment: Said) => (moment.kind === "never" ? Number.POSITIVE_INFINITY : clock.monotonicMs() - moment.beganMs);
  const isCertain = () => since(said) < silentMs && since(heard) < settledMs;

  /** Each call is given up before others could take its silence for an end. */
  async function within<T>(work: (call: { readonly signal: AbortSignal }) => PromiseLike<T>): Promise<T> {
    const own = new AbortController();
    const cancel = timers.after(silentMs, () => own.abort());
    const answer = await work({ signal: own.signal });
    cancel();
    return answer;
  }

  async function announce(): Promise<void> {
    const beganMs = clock.monotonicMs();
    announcedMs = beganMs;
    isAnnouncementOwed = false;
    const next: ReplicaBeat = { replica, beat: ++beat, notices: notices.of(beat) };
    const announced = await within((call) => register.announce(next, call));
    if (announced.isErr()) return logger.warn({ reason: announced.error.message }, NOT_ANNOUNCED);
    if (since(said) >= silentMs) silence.forgive(clock.monotonicMs());
    said = { kind: "at", beganMs };
    const stood = announced.value !== null && announced.value === answeredBeat;
    answeredBeat = next.beat;
    if (stood && joinedMs !== null) return;
    // Others have taken over what was its own, or may have: an announcement of which the answer was lost stands there whether or not it was taken out before.
    letGo();
    joinedMs = clock.monotonicMs();
  }

  async function look(): Promise<void> {
    const beganMs = clock.monotonicMs();
    const askedAtMs = clock.nowMs();
    const found = await within((call) => register.announced(call));
    if (found.isErr()) return logger.warn({ reason: found.error.message }, NOT_SEEN);
    await holdClock({ fromMs: askedAtMs, toMs: clock.nowMs() }, found.value.moment);
    if (!isClockTrusted) return;
    if (since(heard) >= heartbeatMs) silence.forgive(clock.monotonicMs());
    heard = { kind: "at", beganMs };
    if (!found.value.beats.some((each) => each.replica === replica)) joinedMs = null;
    await shareOut(found.value.beats.filter((each) => each.replica !== replica));
  }

  async function shareOut(beats: readonly ReplicaBeat[]): Promise<void> {
    const { silent, isAnybodyAlive, noticed } = silence.hear(beats, clock.monotonicMs());
    tellUnwantedCompany(isAnybodyAlive && !sharesAll);
    const out = isCertain() ? await takeOut(silent) : new Set();
    const there = beats.map((each) => each.replica).filter((name) => !out.has(name));
    assign(there, noticed);
  }

  function tellUnwantedCompany(isThere: boolean): void {
    if (isThere && !isCompanyUnwanted) logger.error({ reason: UNWANTED_COMPANY }, "This replica is not ready.");
    isCompanyUnwanted = isThere;
  }

  /** Only who is sure to be out has no shards any more. */
  async function takeOut(silent: readonly ReplicaBeat[]): Promise<ReadonlySet<string>> {
    const out = new Set<string>();
    for (const { replica: name, beat: last } of silent) {
      const removed = await within((call) => register.remove(name, last, call));
      if (removed.isOk() && removed.value === "out") out.add(name);
    }
    return out;
  }

  function assign(there: readonly string[], noticed: ReadonlySet<number>): void {
    if (leaving.signal.aborted) return;
    const isSettled = joinedMs !== null && (there.length === 0 || clock.monotonicMs() - joinedMs >= settledMs);
    const next: ReadonlySet<number> = isSettled ? shardsOf(replica, [...there, replica]) : new Set();
    const changed = [...without(next, assigned), ...without(assigned, next)];
    if (changed.length > 0 || there.length !== others)
      logger.info({ replicas: there.length + 1, shards: next.size }, "The people are shared out anew among the replicas.");
    others = there.length;
    assigned = next;
    const concerned = new Set([...changed, ...[...noticed].filter((shard) => next.has(shard))]);
    if (concerned.size > 0) onChange(concerned);
  }

  /** Whoever has another time than the rest takes no part: it would share calls wrongly, and stamp what it stores with that time. */
  async function holdClock(own: StoreMoment, store: StoreMoment): Promise<void> {
    const gapMs = clockGapMs(own, store);
    isClockTrusted = Math.abs(gapMs) + TOLD_WITHIN_MS < CLOCK_LIMIT_MS;
    if (isClockTrusted) {
      if (clockTrouble !== null) logger.info({}, "This machine's clock agrees with the store's again; this replica takes part.");
      clockTrouble = null;
      return;
    }
    const isFirst = clockTrouble === null;
    clockTrouble = wrongClock(gapMs);
    if (isFirst) logger.error({ reason: clockTrouble }, "This replica asks for nobody, and is not ready.");
    await withdraw();
  }

  /** What was one's own is nobody's until the others have noticed. */
  function letGo(): void {
    const lost = assigned;
    assigned = new Set();
    if (lost.size > 0) onChange(lost);
  }

  async function withdraw(): Promise<void> {
    letGo();
    const stands = joinedMs !== null;
    joinedMs = null;
    said = { kind: "never" };
    if (!stands) return;
    const removed = await within((call) => register.remove(replica, beat, call));
    if (removed.isErr()) logger.warn({ reason: removed.error.message }, NOT_TAKEN_OUT);
  }

  async function step(): Promise<void> {
    const beganMs = clock.monotonicMs();
    // Nothing is announced before the clock was held against the store's.
    if (!isClockTrusted) await look();
    if (leaving.signal.aborted) return;
    const isDue = isAnnouncementOwed || beganMs - announcedMs >= ANNOUNCE_EVERY * heartbeatMs;
    if (isClockTrusted && isDue) await announce();
    if (isClockTrusted) await look();
    next(beganMs + LOOK_EVERY * heartbeatMs - clock.monotonicMs());
  }

  function next(waitMs: number): void {
    cancelNext?.();
    if (leaving.signal.aborted) return;
    cancelNext = timers.after(Math.max(0, waitMs), () => {
      turn = step();
    });
  }

  return {
    async start(listener) {
      onChange = listener;
      turn = step();
      await turn;
    },
    ownershipOf(shard) {
      if (!assigned.has(shard)) return "foreign";
      return isCertain() ? "own" : "uncertain";
    },
    tell(shard) {
      if (leaving.signal.aborted) return;
      notices.add(shard, beat + 1);
      if (isAnnouncementOwed) return;
      isAnnouncementOwed = true;
      void turn.then(() => next(TELL_AFTER_MS));
    },
    trouble: () => clockTrouble ?? (isCompanyUnwanted ? UNWANTED_COMPANY : null) ?? (joinedMs === null ? NOT_YET : null),
    async leave() {
      leaving.abort();
      letGo();
      await turn;
      cancelNext?.();
      await withdraw();
    },
  };
}

function without(some: ReadonlySet<number>, others: ReadonlySet<number>): readonly number[] {
  return [...some].filter((shard) => !others.has(shard));
}

function wrongClock(gapMs: number): string {
  const seconds = Math.round(Math.abs(gapMs) / 1000);
  return `This machine's clock is ${seconds} s ${gapMs > 0 ? "ahead of" : "behind"} the store's. Set it right (NTP); the replica then takes part by itself.`;
}

const UNWANTED_COMPANY =
  "Another service uses this table, and with BUS=memory neither hears of the other's events and deliveries. Stop one, or set the same RABBITMQ_URL for both.";
const NOT_YET = "This replica has not announced itself to the others yet.";
const NOT_ANNOUNCED =
  "This replica could not say that it is there. If that lasts, others take its people over, and it asks for nobody until it can.";
const NOT_TAKEN_OUT = "This replica could not say that it takes no part any more. The others notice within three heartbeats.";
const NOT_SEEN = "This replica cannot see which others are there. It is looked again soon.";
