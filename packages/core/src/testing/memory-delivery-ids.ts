import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { Call } from "../ports/call.ts";
import type { DeliveryIds } from "../ports/delivery-ids.ts";
import type { StoreError } from "../ports/store-error.ts";
import { cancelled } from "./cancelled.ts";

const WEEK_MS = 7 * 86_400_000;

/** What is to outlive a process stands in `notedAtMs`. */
export function createMemoryDeliveryIds(clock: { nowMs(): number }, notedAtMs: Map<string, number> = new Map()): DeliveryIds {
  return {
    isKnown: (sourceId, id, call) =>
      answer(call, () => clock.nowMs() - (notedAtMs.get(`${sourceId}/${id}`) ?? Number.NEGATIVE_INFINITY) < WEEK_MS),
    note: (sourceId, id, call) =>
      answer<void>(call, () => {
        notedAtMs.set(`${sourceId}/${id}`, clock.nowMs());
      }),
    eraseSource: (sourceId, call) =>
      answer<void>(call, () => {
        for (const name of [...notedAtMs.keys()]) if (name.startsWith(`${sourceId}/`)) notedAtMs.delete(name);
      }),
  };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}
