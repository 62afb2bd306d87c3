import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export interface StoreProcess {
  readonly pid: number;
  /** The next line that the process wrote; `undefined` once it has ended. */
  line(): Promise<string | undefined>;
  /** What it wrote and nobody has read yet, up to its end. */
  rest(): Promise<readonly string[]>;
  /** Without warning, and without a last word. */
  kill(): Promise<void>;
  /** Lets it end by itself. */
  end(): Promise<void>;
}

/** Runs a program of this directory in a process of its own. */
export function startProcess(program: string, ...args: readonly string[]): StoreProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, ["--conditions=source", path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const line = async (): Promise<string | undefined> => {
    const next = await lines.next();
    return next.done ? undefined : next.value;
  };
  return {
    pid: child.pid ?? -1,
    line,
    rest: async () => {
      const left: string[] = [];
      for (let next = await line(); next !== undefined; next = await line()) left.push(next);
      return left;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
