import type { Figure } from "./figure.ts";
import { type Finding, isMet } from "./finding.ts";
import type { Options } from "./options.ts";

/** A figure that was not measured, and why. */
interface LeftOut {
  readonly figure: string;
  readonly why: string;
}

export interface Run {
  readonly findings: readonly Finding[];
  readonly leftOut: readonly LeftOut[];
}

/** Measures what was named, or else everything, one after another. `say` is told how far it is, and aloud of what is left out. */
export async function runFigures(figures: readonly Figure[], { only, effort }: Options, say: (line: string) => void): Promise<Run> {
  const findings: Finding[] = [];
  const leftOut: LeftOut[] = [];
  for (const { name, measure } of figures) {
    if (only.length > 0 && !only.includes(name)) continue;
    say(`${name} …`);
    const measured = await measure(effort);
    if ("leftOut" in measured) {
      say(`*** LEFT OUT: ${name}. ${measured.leftOut} ***`);
      leftOut.push({ figure: name, why: measured.leftOut });
    } else findings.push(...measured.map((found) => ({ figure: name, ...found })));
  }
  return { findings, leftOut };
}

/** In words; empty where all targets are met and all that was named was measured. */
export function failuresOf({ findings, leftOut }: Run, { only }: Options): readonly string[] {
  const missed = findings.filter((finding) => !isMet(finding)).map(({ figure, what }) => `${figure} misses its target: ${what}.`);
  const named = leftOut
    .filter(({ figure }) => only.includes(figure))
    .map(({ figure, why }) => `${figure} was asked for and left out. ${why}`);
  if (findings.length === 0 && named.length === 0) return ["Nothing was measured."];
  return [...missed, ...named];
}

/** Only a thorough run of everything may replace what the last one found. */
export function resultsFileOf({ only, effort }: Options): string {
  return only.length === 0 && !effort.isQuick ? "latest.json" : "latest-partial.json";
}
