import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "../../../tools/free-ports.ts";
import { newDataDir } from "./running-host.ts";

/** The application as it is started, a process of its own, in an empty folder. */
export interface Application {
  readonly url: string;
  /** What it wrote so far: what is wrong goes to `complaints`. */
  said(): string;
  complaints(): string;
  /** Its exit code, or the signal that it died of. */
  readonly ended: Promise<string>;
}

const MAIN = join(import.meta.dirname, "../src/main.ts");

/** Ended with the test. It is up when `/readyz` or `/healthz` says so. */
export async function startApplication(environment: Readonly<Record<string, string>>): Promise<Application> {
  const port = await freePort();
  const child = spawn(process.execPath, ["--conditions=source", "--no-warnings", MAIN], {
    env: { PATH: process.env["PATH"], DATA_DIR: newDataDir(), DEMO: "off", PORT: String(port), ...environment },
    cwd: newDataDir(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const texts = { said: "", complaints: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (texts.said += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (texts.complaints += chunk));
  const ended = once(child, "close").then(([code, signal]) => String(signal ?? code));
  return { url: `http://127.0.0.1:${port}`, said: () => texts.said, complaints: () => texts.complaints, ended };
}
