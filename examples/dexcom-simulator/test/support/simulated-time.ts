import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@bg-ingest/core";
import type { Timers } from "@bg-ingest/http-host";

/** Time that passes only while nothing is being done: whoever waits is called when everything before it has come to rest. */
export interface SimulatedTime extends Clock, Timers {
  /** Lets time go by up to `untilMs`, in milliseconds since the epoch. */
  passUntil(untilMs: number): Promise<void>;
  /** Waits for what is being done elsewhere: time stands still until it is done, or until it hangs. */
  holdFor<T>(work: Promise<T>): Promise<T>;
}

interface Alarm {
  readonly dueMs: number;
  readonly ring: () => void;
}

/** Whatever is being done in this process goes on within so many turns of the event loop. */
const QUIET_TURNS = 3;
/** What has no answer after so many turns will not have one: it waits for a deadline, which is time that has to pass. */
const HANGING_TURNS = 200;

export function createSimulatedTime(startMs: number): SimulatedTime {
  const alarms = new Set<Alarm>();
  let nowMs = startMs;
  let stirred = 0;
  const held = new Set<object>();
  const nextAlarm = (): Alarm | undefined => {
    let next: Alarm | undefined;
    for (const alarm of alarms) if (next === undefined || alarm.dueMs < next.dueMs) next = alarm;
    return next;
  };
  const rest = async (): Promise<void> => {
    let seen = stirred;
    for (let quiet = 0; quiet < QUIET_TURNS || (held.size > 0 && quiet < HANGING_TURNS); quiet++) {
      await nextTurn();
      if (seen !== stirred) quiet = 0;
      seen = stirred;
    }
    held.clear();
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    holdFor(work) {
      const hold = {};
      held.add(hold);
      return work.finally(() => {
        held.delete(hold);
        stirred++;
      });
    },
    after(ms, ring) {
      const alarm = { dueMs: nowMs + Math.max(0, ms), ring };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    soon(ring) {
      setImmediate(() => {
        stirred++;
        ring();
      });
    },
    async passUntil(untilMs) {
      await rest();
      for (let alarm = nextAlarm(); alarm !== undefined && alarm.dueMs <= untilMs; alarm = nextAlarm()) {
        alarms.delete(alarm);
        nowMs = Math.max(nowMs, alarm.dueMs);
        alarm.ring();
        await rest();
      }
      nowMs = untilMs;
    },
  };
}
