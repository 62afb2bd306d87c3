import { expect } from "vitest";
import type { ContractCase } from "../src/testing/contract-case.ts";

/** What each case that a subject fails has to say, by its id. */
export async function brokenPromises(cases: readonly ContractCase[]): Promise<Readonly<Record<string, string>>> {
  const settled = await Promise.allSettled(cases.map(({ run }) => run()));
  return Object.fromEntries(
    cases.flatMap(({ id }, at) => {
      const outcome = settled[at];
      return outcome?.status === "rejected" ? [[id, String((outcome.reason as Error).message)]] : [];
    }),
  );
}

/** How a fault has to be found: by the case that names it, alone or among others that it breaks as well. */
export interface CaughtBy {
  readonly id: string;
  readonly isAlone: boolean;
}

export const only = (id: string): CaughtBy => ({ id, isAlone: true });
export const among = (id: string): CaughtBy => ({ id, isAlone: false });

/** The case that names the fault finds it, and says what was promised and what happened. */
export async function expectCaught(cases: readonly ContractCase[], { id, isAlone }: CaughtBy): Promise<void> {
  const broken = await brokenPromises(cases);
  if (isAlone) expect(Object.keys(broken)).toEqual([id]);
  else expect(Object.keys(broken)).toContain(id);
  expect(broken[id]).toMatch(/^promised: .+\nhappened: .+/);
}

/** A case that none of so many broken subjects fails holds nobody to anything. */
export async function expectEveryCaseFails(suites: readonly (readonly ContractCase[])[]): Promise<void> {
  const failed = new Set((await Promise.all(suites.map(brokenPromises))).flatMap((broken) => Object.keys(broken)));
  const held = suites[0]?.map(({ id }) => id) ?? [];
  expect(held.length).toBeGreaterThan(0);
  expect(held.filter((id) => !failed.has(id))).toEqual([]);
}
