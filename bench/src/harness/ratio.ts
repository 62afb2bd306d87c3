import { median } from "./median.ts";

/** Two ways to do comparable work on the same input. */
export interface Sides<Input> {
  /** Not timed. */
  prepare(round: number): Input | Promise<Input>;
  subject(input: Input): unknown;
  baseline(input: Input): unknown;
}

export interface Rounds {
  readonly warmUp: number;
  readonly counted: number;
}

/** Of medians; `least` and `most` are of the ratios of the single rounds, `undisturbed` is of the quickest round of each side. */
export interface Ratio {
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly undisturbed: number;
  readonly subjectMs: number;
  readonly baselineMs: number;
  readonly rounds: number;
}

/** The sides take turns within one run, so that whatever else the machine does befalls both. */
export async function measureRatio<Input>(
  sides: Sides<Input>,
  { warmUp, counted }: Rounds,
  nowMs: () => number = () => performance.now(),
): Promise<Ratio> {
  const pairs: { readonly subjectMs: number; readonly baselineMs: number }[] = [];
  for (let round = 0; round < warmUp + counted; round++) {
    const input = await sides.prepare(round);
    const subjectMs = await timed(() => sides.subject(input), nowMs);
    const baselineMs = await timed(() => sides.baseline(input), nowMs);
    if (round >= warmUp) pairs.push({ subjectMs, baselineMs });
  }
  return ratioOf(pairs);
}

export function ratioOf(pairs: readonly { readonly subjectMs: number; readonly baselineMs: number }[]): Ratio {
  const subjectMs = median(pairs.map((pair) => pair.subjectMs));
  const baselineMs = median(pairs.map((pair) => pair.baselineMs));
  const single = pairs.map((pair) => pair.subjectMs / pair.baselineMs);
  return {
    value: subjectMs / baselineMs,
    least: Math.min(...single),
    most: Math.max(...single),
    undisturbed: Math.min(...pairs.map((pair) => pair.subjectMs)) / Math.min(...pairs.map((pair) => pair.baselineMs)),
    subjectMs,
    baselineMs,
    rounds: pairs.length,
  };
}

async function timed(work: () => unknown, nowMs: () => number): Promise<number> {
  const startedMs = nowMs();
  await work();
  return nowMs() - startedMs;
}

export function noteOf({ subjectMs, baselineMs, ...ratio }: Ratio): string {
  return `${subjectMs.toFixed(2)} ms ÷ ${baselineMs.toFixed(2)} ms, ${spreadOf(ratio)}`;
}

/** Where the undisturbed ratio is another than the median one, something else kept the machine busy. */
export function spreadOf({ least, most, undisturbed, rounds }: Pick<Ratio, "least" | "most" | "undisturbed" | "rounds">): string {
  return `rounds ${least.toFixed(2)}–${most.toFixed(2)}, undisturbed ${undisturbed.toFixed(2)}, n = ${rounds}`;
}
