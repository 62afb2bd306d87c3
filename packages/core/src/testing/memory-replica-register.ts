import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { Announced, ReplicaBeat, ReplicaRegister } from "../ports/replica-register.ts";
import type { StoreError } from "../ports/store-error.ts";
import { cancelled } from "./cancelled.ts";

/** The plainest register that keeps every promise of `ReplicaRegister`. What replicas share stands in `beats`; `clock` is the store's own. */
export function createMemoryReplicaRegister(clock: { nowMs(): number }, beats: Map<string, ReplicaBeat> = new Map()): ReplicaRegister {
  return {
    announce: (beat, call) =>
      answer<number | null>(call, () => {
        const before = beats.get(beat.replica)?.beat ?? null;
        beats.set(beat.replica, structuredClone(beat));
        return before;
      }),
    announced: (call) =>
      answer<Announced>(call, () => ({
        beats: structuredClone([...beats.values()]),
        moment: { fromMs: clock.nowMs(), toMs: clock.nowMs() },
      })),
    remove: (replica, beat, call) =>
      answer<"out" | "stays">(call, () => {
        if ((beats.get(replica)?.beat ?? 0) > beat) return "stays";
        beats.delete(replica);
        return "out";
      }),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}
