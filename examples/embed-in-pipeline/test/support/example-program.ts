import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { run } from "../../src/run.ts";

/** Runs the example within this process. Answers what it printed; throws with what it complained of. */
export async function runExampleHere(words: readonly string[]): Promise<string> {
  const [out, problem]: [string[], string[]] = [[], []];
  const code = await run(words, {}, { out: (text) => void out.push(text), problem: (text) => void problem.push(text), nowMs: Date.now });
  if (code !== 0) throw new Error(`It ended with ${code}: ${problem.join("")}`);
  return out.join("");
}

/** Runs the example as a program of its own. Answers what it printed; throws with what it complained of. */
export async function runExample(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const child = spawn(process.execPath, ["--conditions=source", "--no-warnings", main, ...words], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, problem] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (problem += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`It ended with ${code}: ${problem}`);
  return out;
}

export function linesOf<T>(text: string): readonly T[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** What another library reads in a file. */
export async function rowsOf<T>(path: string): Promise<readonly T[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return (await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer })) as readonly T[];
}
