import type { UserId } from "../../src/reading/identifiers.ts";

/** Is connected all the while beside whom the races are about, and is touched by nothing of it. */
export const ben = "ben" as UserId;

const ANNAS = ["anna", "annas-other"] as const;

/** The accounts that anna has with the vendor. */
export function annasAccount(n: number): string {
  return ANNAS[n % 2] as string;
}

/** All accounts that have been worn with. */
export const ACCOUNTS: readonly string[] = [...ANNAS, ben];
