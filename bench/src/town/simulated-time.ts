import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@bg-ingest/core";
import type { Timers } from "../../../packages/http-host/src/scheduler/timers.ts";

/** Time that passes only while nothing is being done: whoever waits is called when everything before it has come to rest. */
export interface SimulatedTime extends Clock, Timers {
  /** Lets time go by up to `untilMs`, in milliseconds since the epoch. `isBusy`: something that was begun is not done yet. */
  passUntil(untilMs: number, isBusy: () => boolean): Promise<void>;
}

interface Alarm {
  readonly dueMs: number;
  readonly ring: () => void;
}

export function createSimulatedTime(startMs: number): SimulatedTime {
  // A handful at a time: the scheduler keeps its thousands in a heap of its own.
  const alarms = new Set<Alarm>();
  let nowMs = startMs;
  const nextAlarm = (): Alarm | undefined => {
    let next: Alarm | undefined;
    for (const alarm of alarms) if (next === undefined || alarm.dueMs < next.dueMs) next = alarm;
    return next;
  };
  let soonCount = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after(ms, ring) {
      const alarm = { dueMs: nowMs + Math.max(0, ms), ring };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    soon(ring) {
      soonCount++;
      setImmediate(() => {
        soonCount--;
        ring();
      });
    },
    async passUntil(untilMs, isBusy) {
      const rest = async (): Promise<void> => {
        do await nextTurn();
        while (soonCount > 0 || isBusy());
      };
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
