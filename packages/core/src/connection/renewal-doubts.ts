import type { ProviderError } from "../ports/cgm-provider.ts";
import type { Clock } from "../ports/clock.ts";
import type { SourceKey } from "../ports/connection-store.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { isSameBytes } from "./same-bytes.ts";

/** For how long providers have refused to renew credentials in words that do not settle it. Remembered alone: after a restart it counts anew. */
export interface RenewalDoubts {
  /** A renewal failed. Answers whether these very credentials have been refused for a day, and next to nothing else came in that time. */
  isSettled(source: Pick<SourceKey, "sourceId">, sealed: Uint8Array | null, error: ProviderError): boolean;
  forget(sourceId: SourceId): void;
}

/** Vendors have hours in which they refuse what they grant; whoever was refused for longer than any of them is told. */
const SETTLED_AFTER_MS = 86_400_000;
/** Whoever asks more seldom, or stood still, has not seen what would have come in between. */
const MOST_BETWEEN_TWO_MS = 3_600_000;

interface Doubt {
  readonly sealed: Uint8Array | null;
  /** From refusal to refusal, less whatever time began or ended with another failure: a vendor that has trouble of its own says little of a grant. */
  readonly refusedMs: number;
  readonly lastMs: number;
  readonly wasRefused: boolean;
}

export function createRenewalDoubts(clock: Pick<Clock, "monotonicMs">): RenewalDoubts {
  const doubts = new Map<SourceId, Doubt>();
  return {
    isSettled({ sourceId }, sealed, error) {
      const isRefused = error.kind === "retry" && error.isRefusal === true;
      const nowMs = clock.monotonicMs();
      const known = doubts.get(sourceId);
      const refusedMs = known !== undefined && isSameBytes(known.sealed, sealed) ? goneOn(known, nowMs, isRefused) : 0;
      doubts.set(sourceId, { sealed, refusedMs, lastMs: nowMs, wasRefused: isRefused });
      return isRefused && refusedMs >= SETTLED_AFTER_MS;
    },
    forget: (sourceId) => void doubts.delete(sourceId),
  };
}

function goneOn({ refusedMs, lastMs, wasRefused }: Doubt, nowMs: number, isRefused: boolean): number {
  const passedMs = Math.min(nowMs - lastMs, MOST_BETWEEN_TWO_MS);
  return wasRefused && isRefused ? refusedMs + passedMs : Math.max(0, refusedMs - passedMs);
}
