import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import type { Options } from "./options.ts";
import type { Run } from "./run-figures.ts";

interface Results extends Run {
  readonly startedAt: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGibibytes: number; readonly node: string };
  readonly options: Options;
}

export function writeResults(file: string, startedAt: Date, options: Options, run: Run): void {
  const results: Results = { startedAt: startedAt.toISOString(), machine: thisMachine(), options, ...run };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

function thisMachine(): Results["machine"] {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}
