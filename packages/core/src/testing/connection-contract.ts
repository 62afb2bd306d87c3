import type { ConnectionStore } from "../ports/connection-store.ts";
import { eraseCases } from "./connection-store/erase-cases.ts";
import { recordCases } from "./connection-store/record-cases.ts";
import { scheduleCases } from "./connection-store/schedule-cases.ts";
import { secretCases } from "./connection-store/secret-cases.ts";
import { setAsideCases } from "./connection-store/set-aside-cases.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";

/** Everything that `ConnectionStore` promises, one case a promise. */
export function connectionStoreContract(make: () => PromiseLike<UnderTest<ConnectionStore>>): readonly ContractCase[] {
  const bodies = { ...recordCases, ...scheduleCases, ...secretCases, ...setAsideCases, ...eraseCases };
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}
