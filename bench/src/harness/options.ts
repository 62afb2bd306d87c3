import { parseArgs } from "node:util";
import type { Effort } from "./figure.ts";

export interface Options {
  /** Names of figures; empty: all. */
  readonly only: readonly string[];
  readonly effort: Effort;
}

const USAGE = "npx pnpm@12 bench -- [--only <figure>]… [--quick] [--loops <kills>]";

/** What stands behind the command's name. Answers a message where it is not understood. */
export function parseOptions(given: readonly string[], figures: readonly string[]): Options | string {
  const read = readOptions(given);
  if (typeof read === "string") return `${read} Usage: ${USAGE}`;
  const { only = [], quick = false, loops = "0" } = read;
  const unknown = only.filter((name) => !figures.includes(name));
  if (unknown.length > 0) return `There is no figure ${unknown.join(", ")}. There are: ${figures.join(", ")}.`;
  if (!/^\d{1,6}$/.test(loops)) return `--loops takes a number from 0 to 999999, not ${loops}.`;
  return { only, effort: { isQuick: quick, loops: Number(loops) } };
}

function readOptions(given: readonly string[]) {
  try {
    const options = { only: { type: "string", multiple: true }, quick: { type: "boolean" }, loops: { type: "string" } } as const;
    return parseArgs({ args: given.filter((each) => each !== "--"), options }).values;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
