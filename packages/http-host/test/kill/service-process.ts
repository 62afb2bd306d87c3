import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** One life of the service. */
export interface ServiceProcess {
  /** `null` if it died before it listened. */
  readonly url: string | null;
  /** How it ended: `SIGKILL`, or an exit code. */
  readonly ended: Promise<string>;
  /** What it wrote to its error stream. */
  complaints(): string;
  signal(name: NodeJS.Signals): void;
}

const KILLABLE_SERVICE = new URL("./killable-service.ts", import.meta.url);

/** `script`: prints `LISTENING` and its address as soon as it listens. */
export async function startService(environment: Readonly<Record<string, string>>, script = KILLABLE_SERVICE): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ["--conditions=source", "--no-warnings", fileURLToPath(script)], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const complaints: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
  const ended = once(child, "exit").then(([code, signal]) => String(signal ?? code));
  const url = await Promise.race([listeningAt(child), ended.then(() => null)]);
  return { url, ended, complaints: () => complaints.join(""), signal: (name) => void child.kill(name) };
}

function listeningAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      if (line.startsWith("LISTENING ")) resolve(line.slice("LISTENING ".length));
    });
  });
}
