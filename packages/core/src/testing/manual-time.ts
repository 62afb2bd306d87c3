import type { Clock } from "../ports/clock.ts";

/** Calls back once so much time has passed; answers how to call it off. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
}

/** Time that stands still until it is told to pass. */
export interface ManualTime extends Clock, Timers {
  /** Lets time go by, calling back in the order due. */
  pass(ms: number): void;
}

interface Alarm {
  readonly dueMs: number;
  readonly run: () => void;
}

export function createManualTime(startMs = 1_745_000_000_000): ManualTime {
  const alarms = new Set<Alarm>();
  let elapsedMs = 0;
  const nextDue = (untilMs: number): Alarm | undefined =>
    [...alarms].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after: (ms, run) => {
      const alarm = { dueMs: elapsedMs + ms, run };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    pass: (ms) => {
      const untilMs = elapsedMs + ms;
      for (let alarm = nextDue(untilMs); alarm !== undefined; alarm = nextDue(untilMs)) {
        alarms.delete(alarm);
        elapsedMs = Math.max(elapsedMs, alarm.dueMs);
        alarm.run();
      }
      elapsedMs = untilMs;
    },
  };
}
