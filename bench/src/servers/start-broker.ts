import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface StartedBroker {
  readonly url: string;
  stop(): Promise<void>;
}

const SCRIPT = join(import.meta.dirname, "../../../tools/services/rabbitmq.ts");

/** A private RabbitMQ; `null` if none is installed. */
export async function startBroker(): Promise<StartedBroker | null> {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const stop = async (): Promise<void> => {
      child.kill("SIGTERM");
      await ended;
    };
    return { url: line.replace("RABBITMQ_URL=", ""), stop };
  }
  return null;
}
