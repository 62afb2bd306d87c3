import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-ports.ts";
import type { Image } from "./build-image.ts";
import { type Shown, startedInRoot } from "./in-root.ts";

export interface Container {
  readonly url: string;
  /** What the image's own health check answers with: 0 for healthy. */
  checkHealth(): Promise<number | null>;
  /** Tells it to stop, as an engine does. Its exit code; a signal that it died of is `null`. */
  stop(): Promise<number | null>;
  /** All that it said so far. */
  said(): string;
}

export interface ContainerSettings {
  /** As `--env` gives them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Stands for the volume of the image. */
  readonly volume: string;
  readonly usrLocal: readonly Shown[];
}

const READY_WITHIN_MS = 120_000;
/** What an engine is told to wait (docs/operations.md) before it kills. */
const STOPPED_WITHIN_MS = 20_000;

/** Starts what the image says, its files read-only, until it is ready. Throws, with what it said, if it ends or does not come up. */
export async function startContainer(image: Image, settings: ContainerSettings): Promise<Container> {
  const port = await freePort();
  const start = startIn(image, settings, port);
  const { child, exit } = start(image.entrypoint);
  const killNow = () => child.kill("SIGKILL");
  process.once("exit", killNow);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const url = `http://127.0.0.1:${port}`;
  const container: Container = {
    url,
    said: () => text,
    checkHealth: () => start(image.healthcheck).exit,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(killNow, STOPPED_WITHIN_MS);
      const code = await exit;
      clearTimeout(timer);
      process.off("exit", killNow);
      return code;
    },
  };
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  // It is told to stop as soon as it says that it is up, and not before: until then a signal ends it on the spot.
  const isUp = async () => text.includes("BG Ingest is ready") && (await isReady(url));
  if (await isTrue(isUp, hasEnded)) return container;
  await container.stop();
  throw new Error(`It did not become ready. It said:\n${text}`);
}

/** Runs what the image says, with further words, to its end. */
export async function runContainer(
  image: Image,
  settings: ContainerSettings,
  words: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly said: string }> {
  const { child, exit } = startIn(image, settings, await freePort())([...image.entrypoint, ...words]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);
  const code = await exit;
  clearTimeout(timer);
  return { code, said };
}

function startIn(image: Image, { environment, volume, usrLocal }: ContainerSettings, port: number) {
  if (image.user !== "1000:1000") throw new Error(`The image runs as ${image.user}; tried is 1000:1000 alone.`);
  const shown = [...usrLocal, ...image.volumes.map((place): Shown => [volume, place])];
  const given = { HOME: "/home/node", HOSTNAME: "0123456789ab", ...image.environment, ...environment, PORT: String(port) };
  return (command: readonly string[]) => {
    const [file, words] = startedInRoot({ root: image.root, workdir: image.workdir, readOnly: true, shown, command });
    const child = spawn(file, words, { env: given, stdio: ["ignore", "pipe", "pipe"] });
    const exit = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    return { child, exit };
  };
}

async function isTrue(question: () => Promise<boolean>, hasEnded: () => boolean): Promise<boolean> {
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs && !hasEnded(); await sleep(100)) {
    if (await question()) return true;
  }
  return false;
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
