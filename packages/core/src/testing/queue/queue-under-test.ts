import type { WorkQueue } from "../../ports/work-queue.ts";
import type { UnderTest } from "../contract-case.ts";

export interface LetterSetApart {
  readonly sourceId: string;
  readonly id: string;
  readonly signedAt: number;
  readonly reason: string;
  readonly body: Uint8Array;
}

export interface QueueUnderTest extends UnderTest<WorkQueue> {
  readonly nowMs: () => number;
  /** Lets so much time go by for the queue, steered or real. */
  readonly passTime: (ms: number) => PromiseLike<void>;
  /** What somebody who looks into the queue, or at its disk, finds of what was set apart, in any order. */
  readonly setApart: () => PromiseLike<readonly LetterSetApart[]>;
  /** Resolves when a case has waited in vain long enough. */
  readonly patience: () => PromiseLike<void>;
}
