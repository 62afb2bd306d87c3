/** What a figure found. */
export interface Finding {
  readonly figure: string;
  readonly what: string;
  readonly value: number;
  readonly unit: "×" | "B" | "MiB" | "";
  /** `null`: told beside the others, judged by nobody. */
  readonly target: Target | null;
  /** How sure the value is, and what it is made of. */
  readonly note: string;
}

export interface Target {
  readonly bound: "at_most" | "at_least";
  readonly value: number;
}

export const atMost = (value: number): Target => ({ bound: "at_most", value });
export const atLeast = (value: number): Target => ({ bound: "at_least", value });

/** What was not measured meets no target. */
export function isMet({ value, target }: Pick<Finding, "value" | "target">): boolean {
  if (target === null) return true;
  return target.bound === "at_most" ? value <= target.value : value >= target.value;
}
