import { type SpawnOptions, spawn } from "node:child_process";

export interface Started {
  /** All that it said so far. */
  said(): string;
  /** Tells it to stop; its exit code. */
  stop(): Promise<number | null>;
}

const STOPPED_WITHIN_MS = 60_000;
const UP_WITHIN_MS = 120_000;

/** Starts a program, and answers once it has said what is waited for. Throws, with all that it said, if it ends before or takes too long. */
export async function started(
  file: string,
  words: readonly string[],
  options: SpawnOptions,
  isUp: (said: string) => boolean,
): Promise<Started> {
  const child = spawn(file, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  /** Whatever leads a group of its own takes it along. */
  const kill = (signal: NodeJS.Signals) => {
    if (options.detached !== true || child.pid === undefined) return void child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
  };
  const killNow = () => kill("SIGKILL");
  process.once("exit", killNow);
  let text = "";
  const exit = new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code));
    child.once("error", (cause) => {
      text += cause.message;
      resolve(null);
    });
  });
  const up = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), UP_WITHIN_MS);
    const settle = (isThere: boolean) => {
      clearTimeout(timer);
      resolve(isThere);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (isUp(text)) settle(true);
      });
    }
    void exit.then(() => settle(false));
  });
  const stop = async () => {
    kill("SIGTERM");
    const timer = setTimeout(killNow, STOPPED_WITHIN_MS);
    const code = await exit;
    clearTimeout(timer);
    process.off("exit", killNow);
    return code;
  };
  if (await up) return { said: () => text, stop };
  await stop();
  throw new Error(`${file} ${words.join(" ")} did not come up. It said:\n${text}`);
}
