import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import type { ListeningAt, Serving } from "./serving.ts";

export interface StartedServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A server in a process of its own; its log goes to a file. */
export async function startServer(kind: "service" | "bare", serving: Serving, logFile: string): Promise<StartedServer> {
  const child = fork(join(import.meta.dirname, `${kind}.ts`), { stdio: ["ignore", openSync(logFile, "a"), "inherit", "ipc"] });
  const ended = once(child, "exit");
  child.send(serving);
  const { port } = await firstMessage(child, ended);
  return {
    port,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

async function firstMessage(child: ChildProcess, ended: Promise<unknown>): Promise<ListeningAt> {
  const [told] = await Promise.race([once(child, "message"), ended.then(() => [])]);
  if (told === undefined) throw new Error("A server ended before it listened.");
  return told as ListeningAt;
}
