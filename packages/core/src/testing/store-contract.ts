import type { ReadingStore } from "../ports/reading-store.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { eraseCases } from "./reading-store/erase-cases.ts";
import { raceCases } from "./reading-store/race-cases.ts";
import { readCases } from "./reading-store/read-cases.ts";
import { writeCases } from "./reading-store/write-cases.ts";

/** Everything that `ReadingStore` promises, one case a promise. */
export function readingStoreContract(make: () => PromiseLike<UnderTest<ReadingStore>>): readonly ContractCase[] {
  return emptySuiteFails(
    Object.entries({ ...writeCases, ...raceCases, ...readCases, ...eraseCases }).map(([id, body]) => caseOf(make, id, body)),
  );
}
