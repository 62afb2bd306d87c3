import type { ContractCase } from "../src/testing/contract-case.ts";

/** The cases that a subject fails, by id. */
export async function brokenPromises(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(cases.map(({ run }) => run()));
  return cases.filter((_, at) => settled[at]?.status === "rejected").map(({ id }) => id);
}
