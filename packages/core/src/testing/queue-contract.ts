import { type ContractCase, caseOf, emptySuiteFails } from "./contract-case.ts";
import { enqueueCases } from "./queue/enqueue-cases.ts";
import { eraseCases } from "./queue/erase-cases.ts";
import { handOutCases } from "./queue/hand-out-cases.ts";
import type { QueueUnderTest } from "./queue/queue-under-test.ts";
import { stopCases } from "./queue/stop-cases.ts";
import { verdictCases } from "./queue/verdict-cases.ts";

/** Everything that `WorkQueue` promises, one case a promise. */
export function workQueueContract(make: () => PromiseLike<QueueUnderTest>): readonly ContractCase[] {
  const bodies = { ...enqueueCases, ...handOutCases, ...verdictCases, ...stopCases, ...eraseCases };
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}
